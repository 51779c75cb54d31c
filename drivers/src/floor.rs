//! The yardstick of `cargo bench` shares no code with us and must start its browsers with the same settings, or it
//! would measure something else.

use serde_json::{Value, json};

use crate::browser::{ServerKey, SessionSettings};
use crate::supervise::DriverCommand;

/// What the floor's files have in the place of what only a start knows.
pub(crate) const SETTINGS: SessionSettings = SessionSettings {
    socks_port: 1080,
    headed: false,
    window: (1280, 900),
    authority: None,
};

/// Compares a file of the floor with what we start the browser `/opt/browser` with.
pub(crate) fn assert_same(file: &str, command: &DriverCommand, capabilities: Value) {
    let text = file
        .replace("@program", "/opt/browser")
        .replace("@socks", "1080")
        .replace("@key", &ServerKey::of(b"").base64());
    let mut floor: Value = serde_json::from_str(&text).unwrap();
    // It waits for the load event, which a run must not.
    floor["capabilities"]["pageLoadStrategy"] = json!("none");
    assert_eq!(floor["capabilities"], capabilities);
    // A display has its number only when it is there.
    if let Some(env) = floor["env"].as_object_mut() {
        env.retain(|name, _| name != "DISPLAY" && name != "GDK_BACKEND");
    }
    let env = command.env.iter();
    let env = env.map(|(name, value)| (name.to_string_lossy(), value.to_string_lossy()));
    assert_eq!(floor["env"], Value::from_iter(env));
}
