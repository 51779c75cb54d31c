//! `use` and `vary`: how parts are joined.

use super::{MATRIX, SETUP, SMALL, load_files, names, shown};
use crate::scenario::*;

fn matrix() -> Loaded {
    let loaded = load_files(&[("failure/matrix.toml", MATRIX), ("setups/shop.toml", SETUP)]);
    assert_eq!(shown(&loaded), "", "the matrix is valid");
    loaded
}

fn variables(scenario: &Scenario) -> String {
    let tracker = &scenario.trackers[0];
    assert_eq!(scenario.trackers.len(), 1, "trackers join by name");
    let shown = tracker
        .variables
        .iter()
        .map(|(name, value)| format!("{name}={}", plain(value)));
    shown.collect::<Vec<_>>().join(" ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::List(items) => format!(
            "[{}]",
            items.iter().map(plain).collect::<Vec<_>>().join(",")
        ),
        Value::Table(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{name}:{}", plain(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Js(js) => format!("js({})", js.code),
    }
}

#[test]
fn rows_are_all_combinations_in_the_order_of_the_tables() {
    let loaded = matrix();
    let names = names(&loaded);
    let rows = ["image/reset", "image/down", "beacon/reset", "beacon/down"];
    assert_eq!(names, rows.map(|row| format!("failure/matrix/{row}")));
    assert!(
        loaded
            .suite
            .scenarios
            .iter()
            .all(|one| one.file_name == "failure/matrix")
    );
}

#[test]
fn the_later_value_wins_key_by_key() {
    let loaded = matrix();
    let [image, down, beacon, ..] = loaded.suite.scenarios.as_slice() else {
        panic!("the matrix has four rows");
    };
    assert_eq!(
        variables(image),
        "account=changed trackingServer=metrics.shop.test contextData={one:1}",
        "the file changes one variable of the set-up"
    );
    assert_eq!(
        variables(beacon),
        "account=changed trackingServer=metrics.shop.test contextData={one:1,two:2} useBeacon=true",
        "a row adds to tables inside of variables too"
    );
    assert_eq!(image.page.url.as_str(), "https://www.shop.test/");
    assert_eq!(down.page.url.as_str(), "http://www.shop.test/");
}

#[test]
fn lists_grow_and_say_nothing_twice() {
    let row = matrix().suite.scenarios.remove(0);
    assert_eq!(row.tags, ["shop", "matrix"]);
    assert_eq!(
        (row.steps.len(), row.endpoints.len(), row.callbacks.len()),
        (1, 1, 1)
    );
}

#[test]
fn each_part_points_into_the_file_that_it_came_from() {
    let row = matrix().suite.scenarios.remove(0);
    let place = |at: &Location| {
        let file = at.file.rsplit('/').next().unwrap_or_default();
        format!("{file}:{}:{}", at.line, at.column)
    };
    assert_eq!(place(&row.callbacks[0].at), "shop.toml:13:1");
    assert_eq!(place(&row.steps[0].at), "matrix.toml:9:1");
    assert_eq!(place(&row.endpoints[0].at), "matrix.toml:17:23");
    assert_eq!(
        place(&row.at),
        "matrix.toml:17:1",
        "a row begins at its key"
    );
}

#[test]
fn callbacks_join_by_name_and_their_values_are_replaced() {
    let scenario = format!(
        "use = ['setups/shop.toml']\n{SMALL}[[callback]]\nname = 'audit'\nargs = ['b']\n[[callback]]\nname = 'other'\n"
    );
    let loaded = load_files(&[("x.toml", &scenario), ("setups/shop.toml", SETUP)]);
    assert_eq!(shown(&loaded), "");
    let callbacks = &loaded.suite.scenarios[0].callbacks;
    assert_eq!(callbacks.len(), 2);
    assert_eq!(
        callbacks[0].on,
        Some(On::Post),
        "what the set-up says stays"
    );
    assert_eq!(callbacks[0].args, [Value::Text("b".to_owned())]);
}

#[test]
fn a_tracker_named_like_the_default_is_the_default_one() {
    let scenario = format!(
        "use = ['setups/shop.toml']\n{SMALL}[[tracker]]\ninstance = 's'\nprop1 = 'x'\n[[tracker]]\ninstance = 'b'\n"
    );
    let loaded = load_files(&[("x.toml", &scenario), ("setups/shop.toml", SETUP)]);
    assert_eq!(shown(&loaded), "");
    let trackers = &loaded.suite.scenarios[0].trackers;
    let names: Vec<&str> = trackers.iter().map(|one| one.instance.as_str()).collect();
    assert_eq!(names, ["s", "b"]);
    assert_eq!(
        trackers[0].variables.len(),
        4,
        "three of the set-up and prop1"
    );
}

#[test]
fn code_replaces_a_table_instead_of_joining_it() {
    let scenario = format!(
        "use = ['setups/shop.toml']\n{SMALL}[tracker]\ncontextData = {{ js = '({{}})' }}\n"
    );
    let loaded = load_files(&[("x.toml", &scenario), ("setups/shop.toml", SETUP)]);
    assert!(variables(&loaded.suite.scenarios[0]).ends_with("contextData=js(({}))"));
}

#[test]
fn a_row_can_use_files_and_a_file_reached_twice_counts_once() {
    let scenario = format!(
        "{SMALL}[vary.start]\nplain = {{}}\nshop = {{ use = ['setups/a.toml', 'setups/b.toml'], tags = ['row'] }}\n"
    );
    let step = "[[step]]\nrun = 's.t()'\n";
    let loaded = load_files(&[
        ("x.toml", scenario.as_str()),
        ("setups/a.toml", "use = ['setups/step.toml']\n"),
        ("setups/b.toml", "use = ['setups/step.toml']\n"),
        ("setups/step.toml", step),
    ]);
    assert_eq!(shown(&loaded), "");
    let steps: Vec<usize> = loaded
        .suite
        .scenarios
        .iter()
        .map(|one| one.steps.len())
        .collect();
    assert_eq!(steps, [0, 1]);
}

#[test]
fn a_mistake_in_a_used_file_is_shown_there_once_for_all_who_use_it() {
    let scenario = format!("use = ['setups/bad.toml']\n{SMALL}");
    let loaded = load_files(&[
        ("a.toml", scenario.as_str()),
        (
            "b.toml",
            &format!("{scenario}[vary.x]\none = {{}}\ntwo = {{}}\n"),
        ),
        ("good.toml", SMALL),
        ("setups/bad.toml", "[[step]]\nrnu = 's.t()'\n"),
    ]);
    insta::assert_snapshot!("mistake_in_a_used_file", shown(&loaded));
    let mistake = loaded
        .diagnostics
        .iter()
        .next()
        .expect("there is a mistake");
    let concerned = ["a", "b", "good"].map(|name| mistake.concerns(name));
    assert_eq!(concerned, [true, true, false]);
}

#[test]
fn files_that_use_each_other_are_a_mistake() {
    let loaded = load_files(&[
        ("x.toml", &format!("use = ['setups/a.toml']\n{SMALL}")),
        ("setups/a.toml", "use = ['setups/b.toml']\n"),
        ("setups/b.toml", "use = ['setups/a.toml']\n"),
    ]);
    insta::assert_snapshot!("files_that_use_each_other", shown(&loaded));
}

#[test]
fn a_torn_used_file_hides_nothing_but_what_it_may_have_said() {
    let loaded = load_files(&[
        ("x.toml", "use = ['setups/a.toml']\ntitle = 5\n"),
        ("setups/a.toml", "library = \"appmeasurement\n[page]\n"),
    ]);
    insta::assert_snapshot!("torn_used_file", shown(&loaded));
}
