//! Builds fetched over https, from a server on loopback.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;
#[path = "common/https.rs"]
mod https;

use std::net::TcpListener;

use common::Machine;
use drivers::{BuildFile, KnownBuild, Origin, Source, Web};
use https::{Answers, Server, answer};

const SCRIPT: &[u8] = b"function start() {}\n";
const SCRIPT_SHA256: &str = "7f3534a5e566bc68e61b014d94778c2f7ce252fc912da1fdd5da9d3a4f76c7a4";

/// A machine that trusts the server, and the server.
fn with_server(answers: Answers) -> (Machine, Server) {
    let mut machine = Machine::new();
    let authority = machine.path("authority.pem");
    let server = Server::start(&[], answers, &authority);
    machine.environment.web = Web::default().trusting(authority);
    (machine, server)
}

fn build_at(addresses: &[String]) -> KnownBuild {
    let source = |address: &String| Source {
        sha256: SCRIPT_SHA256.to_owned(),
        module: false,
        origin: Origin::Address(address.clone()),
    };
    KnownBuild {
        name: "made@1.0.0".to_owned(),
        library: "made".to_owned(),
        version: "1.0.0".to_owned(),
        licence: "MIT".to_owned(),
        default: false,
        beside: false,
        sources: addresses.iter().map(source).collect(),
    }
}

/// Why the build at this address is not had; nothing of it is kept.
async fn refused(machine: &Machine, address: &str) -> String {
    let setup = machine.setup_with(vec![build_at(&[address.to_owned()])]);
    let error = setup.build("made@1.0.0").await.expect_err("it is refused");
    assert_eq!(machine.cached(), ["lock"], "nothing is kept after: {error}");
    let text = error.to_string();
    let beginning = "the build made@1.0.0 could not be had; bring its file and type `posttrack install made@1.0.0 --from \
                     FILE`, or mend this:\n    ";
    match text.strip_prefix(beginning) {
        Some(rest) => rest.to_owned(),
        None => panic!("`{text}` should begin with `{beginning}`"),
    }
}

/// The same, from a server that says this.
async fn refused_answer(said: Option<Vec<u8>>) -> String {
    let (machine, server) = with_server(Answers::from([("/lib.js", said)]));
    let address = server.address("/lib.js");
    let text = refused(&machine, &address).await;
    match text.strip_prefix(&format!("{address} could not be fetched: ")) {
        Some(rest) => rest.to_owned(),
        None => text.replace(&address, "ADDRESS"),
    }
}

#[tokio::test]
async fn a_build_is_fetched_over_https_once_and_then_comes_out_of_the_cache() {
    let (machine, server) = with_server(Answers::from([("/lib.js", answer("200 OK", "", SCRIPT))]));
    let address = server.address("/lib.js");
    let setup = machine.setup_with(vec![build_at(std::slice::from_ref(&address))]);
    let file = setup.build("made@1.0.0").await.expect("it is fetched");
    assert_eq!(
        file,
        BuildFile {
            name: "made@1.0.0".to_owned(),
            library: Some("made".to_owned()),
            version: Some("1.0.0".to_owned()),
            path: machine.path("cache/builds/made@1.0.0.js"),
            bytes: SCRIPT.into(),
            sha256: SCRIPT_SHA256.to_owned(),
            source: address.clone(),
            module: false,
        }
    );
    assert_eq!(setup.build("made@1.0.0").await.expect("it is kept"), file);
    assert_eq!(server.asked(), ["/lib.js"], "once");
    assert_eq!(machine.cached(), ["builds/made@1.0.0.js", "lock"]);
    let step = format!("fetching made@1.0.0 ({address})");
    assert_eq!(
        machine.steps(),
        [format!("begin {step}"), format!("end {step}")]
    );
}

#[tokio::test]
async fn two_that_want_a_build_at_once_fetch_it_once() {
    let (machine, server) = with_server(Answers::from([("/lib.js", answer("200 OK", "", SCRIPT))]));
    let build = build_at(&[server.address("/lib.js")]);
    let (one, two) = (
        machine.setup_with(vec![build.clone()]),
        machine.setup_with(vec![build]),
    );
    let (one, two) = tokio::join!(one.build("made@1.0.0"), two.build("made@1.0.0"));
    assert_eq!(
        one.expect("the first has it"),
        two.expect("the second has it")
    );
    assert_eq!(server.asked(), ["/lib.js"], "the second waited");
}

#[tokio::test]
async fn a_source_that_fails_is_followed_by_the_next() {
    let (machine, server) = with_server(Answers::from([
        ("/gone.js", answer("404 Not Found", "", b"")),
        ("/other.js", answer("200 OK", "", b"other")),
        ("/lib.js", answer("200 OK", "", SCRIPT)),
    ]));
    let addresses = ["/gone.js", "/other.js", "/lib.js"].map(|path| server.address(path));
    let setup = machine.setup_with(vec![build_at(&addresses)]);
    let file = setup.build("made@1.0.0").await.expect("the last has it");
    assert_eq!(file.source, addresses[2], "results say which it was");
    assert_eq!(server.asked(), ["/gone.js", "/other.js", "/lib.js"]);
}

#[tokio::test]
async fn redirects_are_followed_as_long_as_they_are_https_and_few() {
    let to = |place: &str| answer("302 Found", &format!("location: {place}\r\n"), b"");
    let (machine, server) = with_server(Answers::from([
        ("/moved.js", to("/lib.js")),
        ("/lib.js", answer("200 OK", "", SCRIPT)),
        ("/round.js", to("/round.js")),
        ("/plain.js", to("http://127.0.0.1:9/lib.js")),
    ]));
    let address = |path: &str| server.address(path);
    assert_eq!(
        refused(&machine, &address("/round.js")).await,
        format!(
            "{} could not be fetched: it leads to more than 5 other addresses",
            address("/round.js")
        )
    );
    assert_eq!(
        refused(&machine, &address("/plain.js")).await,
        format!(
            "{} could not be fetched: it leads to http://127.0.0.1:9/lib.js, which is not https",
            address("/plain.js")
        )
    );
    let setup = machine.setup_with(vec![build_at(&[address("/moved.js")])]);
    let file = setup.build("made@1.0.0").await.expect("it is found");
    assert_eq!(&*file.bytes, SCRIPT);
}

#[tokio::test]
async fn another_file_than_the_pinned_one_is_refused_with_both_hashes() {
    assert_eq!(
        refused_answer(answer("200 OK", "", b"other")).await,
        format!(
            "what came from ADDRESS has the sha256 d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa, but \
             {SCRIPT_SHA256} is pinned in builds.toml; nothing was kept. Try again: a damaged download goes away. If it \
             stays, somebody changed what was published: do not use it"
        )
    );
}

#[tokio::test]
async fn an_answer_that_is_no_file_is_refused() {
    assert_eq!(
        refused_answer(answer("404 Not Found", "", SCRIPT)).await,
        "it was answered with the status 404 Not Found"
    );
    assert_eq!(
        refused_answer(answer("503 Service Unavailable", "", b"")).await,
        "it was answered with the status 503 Service Unavailable"
    );
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_refused() {
    let whole = answer("200 OK", "", SCRIPT).expect("an answer");
    let cut = whole[..whole.len() - 5].to_vec();
    assert_eq!(refused_answer(Some(cut)).await, "the answer was cut off");
    assert_eq!(refused_answer(None).await, "the answer was cut off");
}

#[tokio::test]
async fn an_answer_that_is_far_too_long_is_refused() {
    let long = vec![b' '; 8 * 1024 * 1024 + 1];
    assert_eq!(
        refused_answer(answer("200 OK", "", &long)).await,
        "the answer has more than 8 MiB, so it is no build"
    );
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not_believed() {
    let (mut machine, server) = with_server(Answers::new());
    let other = machine.path("other.pem");
    Server::start(&[], Answers::new(), &other);
    machine.environment.web = Web::default().trusting(other);
    let address = server.address("/lib.js");
    assert_eq!(
        refused(&machine, &address).await,
        format!(
            "{address} could not be fetched: TLS failed: invalid peer certificate: BadSignature; behind a proxy that \
             reads TLS, name its certificate authority's PEM file in SSL_CERT_FILE"
        )
    );
    assert!(server.asked().is_empty(), "nothing was asked for");
}

#[tokio::test]
async fn without_any_authority_nothing_is_fetched() {
    let (mut machine, server) = with_server(Answers::new());
    let absent = machine.path("absent.pem");
    machine.environment.web = Web::default().trusting(absent.clone());
    let address = server.address("/lib.js");
    let text = refused(&machine, &address).await;
    assert!(
        text.starts_with(&format!(
            "{address} could not be fetched: no certificate authority is known here ("
        )) && text.contains(&absent.display().to_string())
            && text.ends_with("; install ca-certificates, or name a PEM file in SSL_CERT_FILE"),
        "{text}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said() {
    let (machine, _server) = with_server(Answers::new());
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("it is bound").port();
    drop(free);
    let address = format!("https://127.0.0.1:{port}/lib.js");
    assert_eq!(
        refused(&machine, &address).await,
        format!("{address} could not be fetched: Connection refused (os error 111)")
    );
}

#[tokio::test]
async fn without_leave_to_install_nothing_is_asked_for() {
    let (mut machine, server) =
        with_server(Answers::from([("/lib.js", answer("200 OK", "", SCRIPT))]));
    machine.environment.install = Some("never".to_owned());
    let setup = machine.setup_with(vec![build_at(&[server.address("/lib.js")])]);
    let error = setup.build("made@1.0.0").await.expect_err("it is missing");
    assert!(
        error
            .to_string()
            .contains("POSTTRACK_INSTALL=never forbids installing it"),
        "{error}"
    );
    assert!(server.asked().is_empty(), "nothing was asked for");
    assert!(machine.cached().is_empty(), "the cache was not touched");
}
