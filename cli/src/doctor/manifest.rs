//! The permissions in an Android manifest, binary as in an app or plain as in a library.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use roxmltree::{Document, ParsingOptions};

use super::binary_xml::{Value, read_elements};

/// The longest manifest that is read, in bytes.
pub const MOST_BYTES: u64 = 4 << 20;

/// The most elements and texts of a plain manifest.
const MOST_NODES: u32 = 100_000;

/// Elements that ask for a permission.
const ASKING: [&str; 2] = ["uses-permission", "uses-permission-sdk-23"];

/// The resource of `android:name`: `android.R.attr.name`.
const NAME: u32 = 0x0101_0003;
/// The resource of `android:extractNativeLibs`.
const EXTRACT_NATIVE_LIBS: u32 = 0x0101_04ea;

/// What is needed of a manifest.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Permissions that are asked for, by full name.
    pub permissions: BTreeSet<String>,
    /// `android:extractNativeLibs`, where it is given.
    pub extracts_native_libs: Option<bool>,
}

impl Manifest {
    /// Reads an app's manifest.
    ///
    /// # Errors
    ///
    /// Where it is no binary XML, or damaged.
    pub fn read_binary(bytes: &[u8]) -> Result<Self> {
        let mut manifest = Self::default();
        for element in read_elements(bytes)? {
            for attribute in element.attributes {
                match (attribute.resource, attribute.value) {
                    (Some(NAME), Value::Text(name)) if ASKING.contains(&element.name.as_str()) => {
                        manifest.permissions.insert(name);
                    }
                    (Some(EXTRACT_NATIVE_LIBS), Value::Boolean(extracts)) => {
                        manifest.extracts_native_libs = Some(extracts);
                    }
                    _ => {}
                }
            }
        }
        Ok(manifest)
    }

    /// Reads a library's manifest.
    ///
    /// # Errors
    ///
    /// Where it is no XML.
    pub fn read_plain(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes).context("it is no UTF-8")?;
        let options = ParsingOptions {
            nodes_limit: MOST_NODES,
            ..ParsingOptions::default()
        };
        let document = Document::parse_with_options(text, options).context("it is no XML")?;
        let android = "http://schemas.android.com/apk/res/android";
        let permissions = document
            .descendants()
            .filter(|node| ASKING.contains(&node.tag_name().name()))
            .filter_map(|node| node.attribute((android, "name")))
            .map(str::to_owned)
            .collect();
        Ok(Self {
            permissions,
            extracts_native_libs: None,
        })
    }
}
