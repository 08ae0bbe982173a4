//! Tags of YAML: `!!str` and its like.

use crate::error::Problem;
use crate::scalar;
use saphyr_parser::Tag;
use serde_json::Value;

/// A scalar that says what it is.
pub(crate) fn tagged(text: &str, tag: &Tag) -> Result<Value, Problem> {
    if is_text(tag) {
        return Ok(Value::String(text.to_owned()));
    }
    if !tag.is_yaml_core_schema() {
        return Err(Problem::Tag(tag_text(tag)));
    }
    let number = || scalar::number(text).map_err(Problem::Scalar);
    let value = match tag.suffix.as_str() {
        "null" => scalar::is_null(text).then_some(Value::Null),
        "bool" => scalar::boolean(text).map(Value::Bool),
        "int" => number()?.filter(|number| !number.is_f64()).map(Value::Number),
        "float" => number()?.map(Value::Number),
        _ => return Err(Problem::Tag(tag_text(tag))),
    };
    value.ok_or_else(|| Problem::Scalar(format!("`{text}` does not fit its tag `{}`", tag_text(tag))))
}

/// Whether it makes any scalar a text.
pub(crate) fn is_text(tag: &Tag) -> bool {
    (tag.is_yaml_core_schema() && tag.suffix == "str") || is_non_specific(tag)
}

/// A lone `!`: as the value's own kind says, never by resolving its text.
pub(crate) fn is_non_specific(tag: &Tag) -> bool {
    tag.handle.is_empty() && tag.suffix == "!" || tag.handle == "!" && tag.suffix.is_empty()
}

/// The tag as people write it.
pub(crate) fn tag_text(tag: &Tag) -> String {
    let Tag { handle, suffix } = tag;
    if tag.is_yaml_core_schema() { format!("!!{suffix}") } else { format!("{handle}{suffix}") }
}
