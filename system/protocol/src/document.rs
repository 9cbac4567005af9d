//! A JSON document that the kit stores and forwards without parsing it: the arguments of a step, its result, its undo data.
//!
//! A document keeps the text that it was read from. Most code only passes it on to a message or a row; the code that needs the
//! content reads it into a type. Parsing every document into a tree of values made batches 25 to 33 % slower to read and write.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, value::RawValue};
use siphasher::sip::SipHasher13;

/// A JSON document. Clones share the text. Two documents are equal if their texts are equal.
///
/// ```
/// use likewise_protocol::Document;
///
/// let args: Document = serde_json::from_str(r#"{"sku": "A-7",  "items": 2}"#)?;
/// assert_eq!(args.text(), r#"{"sku": "A-7",  "items": 2}"#);
///
/// #[derive(serde::Deserialize)]
/// struct Reserve {
///     items: u32,
/// }
/// let reserve: Reserve = args.read()?;
/// assert_eq!(reserve.items, 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(Arc<RawValue>);

impl Document {
    /// Serialises a value. The keys are in the order of the fields.
    ///
    /// # Panics
    /// If the value has no JSON form: it contains a map whose keys are not strings.
    #[must_use]
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let raw = serde_json::value::to_raw_value(value);
        Self(raw.expect("map keys are strings").into())
    }

    /// The JSON text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Deserialises the content.
    ///
    /// # Errors
    /// The content does not have the type `T`.
    pub fn read<'d, T: Deserialize<'d>>(&'d self) -> serde_json::Result<T> {
        serde_json::from_str(self.text())
    }

    /// A 64-bit hash of the text. It is stored, so it must be the same in every process and every version.
    #[must_use]
    pub fn fingerprint(&self) -> i64 {
        let mut hasher = SipHasher13::new();
        self.text().hash(&mut hasher);
        i64::from_ne_bytes(hasher.finish().to_ne_bytes())
    }
}

/// Deserialises a document inside a tagged or flattened type. serde buffers such content as values, which a raw text cannot be
/// read from, so the text is written again. Use it only where documents are read rarely.
///
/// # Errors
/// The input is not JSON.
pub(crate) fn buffered<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Document, D::Error> {
    Value::deserialize(deserializer).map(Document::from)
}

/// Like [`buffered`], for a list.
///
/// # Errors
/// The input is not a list.
pub(crate) fn buffered_list<'d, D: Deserializer<'d>>(
    deserializer: D,
) -> Result<Vec<Document>, D::Error> {
    let values = Vec::<Value>::deserialize(deserializer)?;
    Ok(values.into_iter().map(Document::from).collect())
}

impl Default for Document {
    /// The document `null`.
    fn default() -> Self {
        Self(RawValue::NULL.to_owned().into())
    }
}

impl From<Value> for Document {
    /// The keys are in alphabetical order.
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
    fn a_document_keeps_its_text() {
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
    fn fingerprints_differ_by_text_and_never_change() {
        let one = Document::from(json!({"b": 2, "a": [1, null, "x"]}));
        assert_eq!(one, Document::from(json!({"a": [1, null, "x"], "b": 2})));
        let other = Document::from(json!({"a": [1, null, "x"], "b": 3}));
        assert_ne!(one.fingerprint(), other.fingerprint());
        // Earlier versions have stored these fingerprints in barrier rows and sagas.
        assert_eq!(one.text(), r#"{"a":[1,null,"x"],"b":2}"#);
        let mut hasher = SipHasher13::new();
        hasher.write(one.text().as_bytes());
        hasher.write_u8(0xff);
        let stored = i64::from_ne_bytes(hasher.finish().to_ne_bytes());
        assert_eq!(one.fingerprint(), stored);
    }
}
