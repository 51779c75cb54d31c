//! Exhibits of `tl` and of the variables that limit what it sends.

use serde_json::json;

use crate::evidence::Param;
use crate::scenario::Transport;

use super::{Exhibit, Play, accepts, rejects};

fn link(kind: &str) -> Play {
    let mut play = Play::new();
    let element = json!({"«element»": "A", "href": "https://www.partner.test/out?id=1"});
    let hit = play.track("tl", &[element, json!(kind), json!("way out")]);
    if play.hit(hit).transport != Transport::Beacon {
        play.deliver(hit);
    }
    play
}

fn set(mut play: Play, name: &str, value: Option<&str>) -> Play {
    let hit = play.hit(1);
    match value {
        None => hit.params.retain(|param| param.name != name),
        Some(value) => {
            for param in &mut hit.params {
                if param.name == name {
                    param.value = value.to_owned();
                }
            }
        }
    }
    play
}

pub(super) fn exhibits() -> Vec<Exhibit> {
    [kinds(), limits()].into_iter().flatten().collect()
}

fn kinds() -> Vec<Exhibit> {
    let mut image = link("e");
    image.hit(1).transport = Transport::Image;
    image.hit(1).method = "GET".to_owned();
    let mut too_long = link("e");
    let long = format!("{}{}", too_long.seen.hits[0].url, "x".repeat(64_000));
    too_long.hit(1).url = long.replace("&AQE=1", "") + "&AQE=1";
    too_long.hit(1).arrived_url = None;
    too_long.hit(1).transport = Transport::Image;
    too_long.end(1, "load");
    let call = too_long.tl("e", "short");
    assert!(call > 0, "a second exit link");
    let kind = "a hit of `tl` did not say its link type in `pe`";
    let name = "a hit of `tl` did not carry the link's name and address";
    vec![
        accepts("TL-01", "a custom link is lnk_o", link("o")),
        accepts("TL-01", "a download is lnk_d", link("d")),
        accepts("TL-01", "another type is lnk_o", link("x")),
        rejects("TL-01", "pe is missing", kind, set(link("o"), "pe", None)),
        rejects(
            "TL-01",
            "pe is of another type",
            kind,
            set(link("d"), "pe", Some("lnk_o")),
        ),
        accepts("TL-02", "name and address are sent", link("o")),
        accepts(
            "TL-02",
            "the address is without its query",
            set(link("o"), "pev1", Some("https://www.partner.test/out")),
        ),
        rejects(
            "TL-02",
            "the name is missing",
            name,
            set(link("o"), "pev2", None),
        ),
        rejects(
            "TL-02",
            "the name differs",
            name,
            set(link("o"), "pev2", Some("way")),
        ),
        rejects(
            "TL-02",
            "the address is missing",
            name,
            set(link("o"), "pev1", None),
        ),
        accepts("TL-05", "an exit link is a beacon", link("e")),
        accepts("TL-05", "one of two is too long for a beacon", too_long),
        rejects(
            "TL-05",
            "an exit link is an image",
            "the hit of an exit link was no beacon",
            image,
        ),
    ]
}

fn limits() -> Vec<Exhibit> {
    let limited = |list: Option<&str>| {
        let mut play = Play::new();
        if let Some(list) = list {
            play.set("linkTrackVars", list);
        }
        play.set("prop1", "A");
        play.set("eVar1", "B");
        let hit = play.tl("o", "link");
        play.deliver(hit);
        play
    };
    let with_more = |mut play: Play| {
        play.hit(1).params.insert(
            1,
            Param {
                name: "v1".to_owned(),
                variable: Some("eVar1".to_owned()),
                value: "B".to_owned(),
            },
        );
        play
    };
    let why = "a hit of `tl` did not carry the variables that linkTrackVars lets through";
    vec![
        accepts(
            "LTV-01",
            "the listed variable is sent",
            limited(Some("prop1,prop2")),
        ),
        rejects(
            "LTV-01",
            "another one is sent",
            why,
            with_more(limited(Some("prop1"))),
        ),
        rejects(
            "LTV-01",
            "the listed one is missing",
            why,
            set(limited(Some("prop1")), "c1", None),
        ),
        accepts("LTV-02", "no variable is sent", limited(Some("None"))),
        rejects(
            "LTV-02",
            "a variable is sent",
            why,
            with_more(limited(Some("None"))),
        ),
        accepts("LTV-03", "all variables are sent", limited(None)),
        rejects(
            "LTV-03",
            "a variable is missing",
            why,
            set(limited(None), "c1", None),
        ),
    ]
}
