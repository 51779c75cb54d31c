//! One snapshot file: a YAML header between `---` lines, then the text. Read by insta's own
//! reader; insta has no public writer, so the few lines of the header are written here.

use std::fmt::Write as _;
use std::path::Path;

use insta::internals::Content;

use super::{SnapshotError, SnapshotKey};

/// A snapshot file.
#[derive(Debug)]
pub(super) struct File {
    /// The text below the header.
    pub text: String,
    /// The build that it was recorded with (`info.build` of the header).
    pub build: Option<String>,
    /// The browser that it was recorded in (`info.browser`).
    pub browser: Option<String>,
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<File, SnapshotError> {
    let unreadable = |reason: String| SnapshotError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let snapshot =
        insta::Snapshot::from_file(path).map_err(|error| unreadable(error.to_string()))?;
    let text = snapshot
        .as_text()
        .ok_or_else(|| unreadable("it is binary".to_owned()))?
        .to_string();
    let info = |name| info(snapshot.metadata().private_info()?, name);
    Ok(File {
        text,
        build: info("build"),
        browser: info("browser"),
    })
}

/// A text of the header's map `info`.
fn info(info: &Content, name: &str) -> Option<String> {
    let entries = match info {
        Content::Map(entries) => entries,
        _ => return None,
    };
    let (_, value) = entries.iter().find(|(key, _)| key.as_str() == Some(name))?;
    value.as_str().map(str::to_owned)
}

/// Writes a file as insta does after a review, folders included.
pub(super) fn write(path: &Path, key: &SnapshotKey<'_>, text: &str) -> Result<(), SnapshotError> {
    let failed = |source| SnapshotError::Io {
        path: path.to_owned(),
        action: "written",
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, contents(key, text)).map_err(failed)
}

/// Keeps every other process and thread that asks from writing, until it is dropped. `None` where
/// the system cannot lock a folder; then the last writer wins.
pub(super) fn alone(dir: &Path) -> Option<std::fs::File> {
    // The folder of the snapshots may not be there yet; the one that it will be in is.
    let folder = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    let lock = std::fs::File::open(folder.unwrap_or(Path::new("."))).ok()?;
    lock.lock().ok()?;
    Some(lock)
}

fn contents(key: &SnapshotKey<'_>, text: &str) -> String {
    let mut out = String::from("---\ninfo:\n");
    for (name, value) in key.info() {
        // JSON strings are YAML strings.
        let _ = writeln!(out, "  {name}: {}", serde_json::Value::from(value));
    }
    let _ = write!(out, "---\n{}\n", normal(text));
    out
}

/// What insta compares: without trailing blanks and with plain line ends.
pub(super) fn normal(text: &str) -> String {
    text.trim_end().replace("\r\n", "\n")
}
