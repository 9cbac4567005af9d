//! A JSON document that is handed on and not looked into: the arguments of a step, what it returned, what is kept to
//! take it back.
//!
//! It stays the text that it came as. Most of those who have one in hand pass it on, to a message or a row, and whoever needs
//! what is in it reads it as a type: a tree of values in between made batches a quarter to a third dearer to read and write.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, value::RawValue};
use siphasher::sip::SipHasher13;

/// A JSON document; cloning shares it. Two are equal if their texts are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(Arc<RawValue>);

impl Document {
    /// The document of a value. Its keys stand in the order of the fields.
    ///
    /// # Panics
    /// If the value has no JSON: it holds a map of which the keys are no texts.
    #[must_use]
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let raw = serde_json::value::to_raw_value(value);
        Self(raw.expect("keys are texts").into())
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Reads what is in it.
    ///
    /// # Errors
    /// It is something else.
    pub fn read<'d, T: Deserialize<'d>>(&'d self) -> serde_json::Result<T> {
        serde_json::from_str(self.text())
    }

    /// A number that differs when the text differs; the same in every process and version.
    #[must_use]
    pub fn fingerprint(&self) -> i64 {
        let mut hasher = SipHasher13::new();
        self.text().hash(&mut hasher);
        i64::from_ne_bytes(hasher.finish().to_ne_bytes())
    }
}

/// Reads a document that lies inside of a tagged enum or is flattened: such are held as values until their kind is
/// known, and so their texts are gone. For what is read now and then: its text is written anew.
///
/// # Errors
/// It is no JSON.
pub(crate) fn buffered<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Document, D::Error> {
    Value::deserialize(deserializer).map(Document::from)
}

/// As [`buffered`], for a list.
///
/// # Errors
/// It is no list.
pub(crate) fn buffered_list<'d, D: Deserializer<'d>>(
    deserializer: D,
) -> Result<Vec<Document>, D::Error> {
    let values = Vec::<Value>::deserialize(deserializer)?;
    Ok(values.into_iter().map(Document::from).collect())
}

impl Default for Document {
    /// `null`.
    fn default() -> Self {
        Self(RawValue::NULL.to_owned().into())
    }
}

impl From<Value> for Document {
    /// Its keys stand in the order of the alphabet.
    fn from(value: Value) -> Self {
        Self::of(&value)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.text() == other.text()
    }
}

impl Eq for Document {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_handed_on_as_it_came() {
        let text = r#"[{"b": 1.50,  "a":"ü"},null]"#;
        let documents: Vec<Document> = serde_json::from_str(text).unwrap();
        assert_eq!(documents[0].text(), r#"{"b": 1.50,  "a":"ü"}"#);
        assert_eq!(documents[1], Document::default());
        assert_eq!(serde_json::to_string(&documents).unwrap(), text);
        assert_eq!(
            documents[0].read::<Value>().unwrap(),
            json!({"a": "ü", "b": 1.5})
        );
        assert!(documents[0].read::<Vec<u8>>().is_err());
        assert!(serde_json::from_str::<Document>(r#"{"a":}"#).is_err());
    }

    #[test]
    fn fingerprints_tell_documents_apart_and_stay() {
        let one = Document::from(json!({"b": 2, "a": [1, null, "x"]}));
        assert_eq!(one, Document::from(json!({"a": [1, null, "x"], "b": 2})));
        let other = Document::from(json!({"a": [1, null, "x"], "b": 3}));
        assert_ne!(one.fingerprint(), other.fingerprint());
        // Barrier rows and sagas that versions before have written.
        assert_eq!(one.text(), r#"{"a":[1,null,"x"],"b":2}"#);
        let mut hasher = SipHasher13::new();
        hasher.write(one.text().as_bytes());
        hasher.write_u8(0xff);
        let stored = i64::from_ne_bytes(hasher.finish().to_ne_bytes());
        assert_eq!(one.fingerprint(), stored);
    }
}
