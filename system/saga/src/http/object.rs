//! A JSON object. serde reads a struct from a list as well, field by field in their order: `["x"]` would be an article with the
//! title x.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A value that is read from a JSON object and from nothing else.
///
/// ```
/// use likewise_saga::http::Object;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Title {
///     title: String,
/// }
/// let Object(named) = serde_json::from_str::<Object<Title>>(r#"{"title": "x"}"#)?;
/// assert_eq!(named.title, "x");
/// assert!(serde_json::from_str::<Object<Title>>(r#"["x"]"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Object<T>(pub T);

impl<'d, T: Deserialize<'d>> Deserialize<'d> for Object<T> {
    fn deserialize<D: Deserializer<'d>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_map(ObjectVisitor(PhantomData))
            .map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'d, T: Deserialize<'d>> Visitor<'d> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'d>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}
