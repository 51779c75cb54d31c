//! Library builds: fetched, checked and kept.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::Machine;
use drivers::{BuildFile, Environment, KnownBuild, NpmFile, Origin, Source, Web};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha512};

const SCRIPT: &[u8] = b"export function start() {}\n";

/// What `sha256sum` says of it.
const SCRIPT_SHA256: &str = "1bf006ef3daca2797aaab7f6f6474b31e1d47694dd3334b0d812703331235792";

/// Gives the machine an npm whose registry holds one package, and the build that is in it.
fn with_npm(machine: &Machine) -> KnownBuild {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in [
        ("package/README", &b"read me"[..]),
        ("package/dist/lib.js", SCRIPT),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, path, content)
            .expect("a file in the archive");
    }
    let tarball = archive
        .into_inner()
        .and_then(GzEncoder::finish)
        .expect("an archive in memory");
    std::fs::write(machine.path("made.tgz"), &tarball).expect("the archive");
    machine.program(
        "npm",
        "[ \"$1\" = --version ] && { echo 11.0.0; exit; }
echo \"$*\" >>\"$here/npm-calls\"
/bin/cp \"$here/made.tgz\" some-made-1.0.0.tgz",
    );
    KnownBuild {
        name: "made@1.0.0".to_owned(),
        library: "made".to_owned(),
        version: "1.0.0".to_owned(),
        licence: "MIT".to_owned(),
        default: true,
        beside: false,
        sources: vec![Source {
            sha256: SCRIPT_SHA256.to_owned(),
            module: true,
            origin: Origin::Npm(NpmFile {
                package: "@some/made".to_owned(),
                version: "1.0.0".to_owned(),
                integrity: format!("sha512-{}", STANDARD.encode(Sha512::digest(&tarball))),
                file: "dist/lib.js".to_owned(),
            }),
        }],
    }
}

fn npm_of(build: &mut KnownBuild) -> &mut NpmFile {
    match &mut build.sources[0].origin {
        Origin::Npm(npm) => npm,
        other => panic!("{other:?} should be a package"),
    }
}

/// The same code in other packaging, which nobody publishes here.
const CLASSIC: &[u8] = b"function start() {}\n";
const CLASSIC_SHA256: &str = "7f3534a5e566bc68e61b014d94778c2f7ce252fc912da1fdd5da9d3a4f76c7a4";

fn classic() -> Source {
    Source {
        sha256: CLASSIC_SHA256.to_owned(),
        module: false,
        origin: Origin::Address("https://127.0.0.1:9/lib.js".to_owned()),
    }
}

/// What an error of a build says before what its sources came to.
const NOT_HAD: &str = "the build made@1.0.0 could not be had; bring its file and type `posttrack install made@1.0.0 \
                       --from FILE`, or mend this:\n    ";

async fn failing(machine: &Machine, build: KnownBuild) -> String {
    let setup = machine.setup_with(vec![build]);
    let error = setup
        .build("made@1.0.0")
        .await
        .expect_err("it must not be kept");
    assert_eq!(machine.cached(), ["lock"], "nothing is kept after: {error}");
    let text = error.to_string();
    match text.strip_prefix(NOT_HAD) {
        Some(rest) => rest.to_owned(),
        None => panic!("`{text}` should begin with `{NOT_HAD}`"),
    }
}

#[tokio::test]
async fn a_build_is_fetched_once_and_then_comes_out_of_the_cache() {
    let machine = Machine::new();
    let setup = machine.setup_with(vec![with_npm(&machine)]);
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
            source: "npm @some/made@1.0.0 dist/lib.js".to_owned(),
            module: true,
        }
    );
    assert_eq!(setup.build("made@1.0.0").await.expect("it is kept"), file);
    assert_eq!(
        machine.noted("npm-calls"),
        "pack --ignore-scripts --json @some/made@1.0.0\n"
    );
    assert_eq!(
        machine.cached(),
        ["builds/made@1.0.0.js", "lock"],
        "nothing else is kept"
    );
    let step = "fetching made@1.0.0 (npm pack @some/made@1.0.0)";
    assert_eq!(
        machine.steps(),
        [format!("begin {step}"), format!("end {step}")]
    );
}

#[tokio::test]
async fn two_that_want_a_build_at_once_fetch_it_once() {
    let machine = Machine::new();
    let build = with_npm(&machine);
    let (one, two) = (
        machine.setup_with(vec![build.clone()]),
        machine.setup_with(vec![build]),
    );
    let (one, two) = tokio::join!(one.build("made@1.0.0"), two.build("made@1.0.0"));
    assert_eq!(
        one.expect("the first has it"),
        two.expect("the second has it")
    );
    assert_eq!(
        machine.noted("npm-calls").lines().count(),
        1,
        "the second waited for the first"
    );
    assert_eq!(machine.cached(), ["builds/made@1.0.0.js", "lock"]);
}

#[tokio::test]
async fn a_kept_build_that_was_altered_is_fetched_again() {
    let machine = Machine::new();
    let setup = machine.setup_with(vec![with_npm(&machine)]);
    let file = setup.build("made@1.0.0").await.expect("it is fetched");
    std::fs::write(&file.path, "altered").expect("the cache can be written to");
    assert_eq!(
        setup
            .build("made@1.0.0")
            .await
            .expect("it is fetched again"),
        file
    );
    assert_eq!(std::fs::read(&file.path).expect("it is kept"), SCRIPT);
}

#[tokio::test]
async fn a_tarball_of_another_hash_is_refused() {
    let machine = Machine::new();
    let mut build = with_npm(&machine);
    let real = std::mem::replace(&mut npm_of(&mut build).integrity, "sha512-AAAA".to_owned());
    assert_eq!(
        failing(&machine, build).await,
        format!(
            "the tarball of @some/made@1.0.0 has the integrity {real}, but sha512-AAAA is pinned in builds.toml; \
             nothing was kept. Try again: a damaged download goes away. If it stays, somebody changed what was \
             published: do not use it"
        )
    );
}

#[tokio::test]
async fn a_file_of_another_hash_is_refused() {
    let machine = Machine::new();
    let mut build = with_npm(&machine);
    build.sources[0].sha256 = "00ff".to_owned();
    let text = failing(&machine, build).await;
    let beginning = format!(
        "dist/lib.js in @some/made@1.0.0 has the sha256 {SCRIPT_SHA256}, but 00ff is pinned in builds.toml; nothing \
         was kept."
    );
    assert!(text.starts_with(&beginning), "{text}");
}

#[tokio::test]
async fn a_tarball_without_the_file_is_refused() {
    let machine = Machine::new();
    let mut build = with_npm(&machine);
    npm_of(&mut build).file = "dist/other.js".to_owned();
    assert_eq!(
        failing(&machine, build).await,
        "the tarball of @some/made@1.0.0 came in an unexpected form: it has no file dist/other.js; nothing was kept"
    );
}

#[tokio::test]
async fn an_npm_that_fails_is_quoted() {
    let machine = Machine::new();
    let build = with_npm(&machine);
    let npm = machine.program(
        "npm",
        "echo '{\"error\": 1}'; echo 'no route to the registry' >&2; exit 7",
    );
    assert_eq!(
        failing(&machine, build).await,
        format!(
            "fetching made@1.0.0 failed: `{} pack --ignore-scripts --json @some/made@1.0.0` ended with exit status: \
             7; see whether npm reaches its registry from here (`npm ping`). The end of its output:\n        \
             {{\"error\": 1}}\n        no route to the registry",
            npm.display()
        )
    );
}

#[tokio::test]
async fn a_name_that_no_build_has_is_answered_with_those_that_exist() {
    let machine = Machine::new();
    let error = machine
        .setup()
        .build("appmeasurement@9")
        .await
        .expect_err("there is none");
    assert_eq!(
        error.to_string(),
        "no build is called `appmeasurement@9`; known: appmeasurement@2.23.0, \
         appmeasurement@2.24.0, appmeasurement@2.25.0, appmeasurement@2.26.0, appmeasurement@2.27.0, alloy@2.33.1, \
         alloy.min@2.33.1. A file of your own is named by its path"
    );
}

#[tokio::test]
async fn without_leave_to_install_a_missing_build_is_an_error_that_says_what_to_type() {
    let mut machine = Machine::new();
    machine.environment.install = Some("never".to_owned());
    let build = with_npm(&machine);
    let error = machine
        .setup_with(vec![build])
        .build("made@1.0.0")
        .await
        .expect_err("it is missing");
    assert_eq!(
        error.to_string(),
        format!(
            "the build made@1.0.0 is missing: {} is not there, or not as it was kept, and POSTTRACK_INSTALL=never forbids \
             installing it; type `env -u POSTTRACK_INSTALL posttrack install made@1.0.0`, or bring its file: `posttrack \
             install made@1.0.0 --from FILE`",
            machine.shown("cache/builds/made@1.0.0.js")
        )
    );
    assert!(machine.noted("npm-calls").is_empty(), "npm was not run");
    assert!(machine.cached().is_empty(), "the cache was not touched");
}

#[tokio::test]
async fn without_a_cache_folder_the_error_says_which_variable_to_set() {
    let mut machine = Machine::new();
    machine.environment.cache = None;
    let error = machine
        .setup()
        .build("appmeasurement@2.23.0")
        .await
        .expect_err("nowhere to keep it");
    assert_eq!(
        error.to_string(),
        "there is no folder for what is installed: set POSTTRACK_CACHE to one, or HOME"
    );
}

#[tokio::test]
async fn a_build_is_taken_from_a_file_of_any_of_its_sources() {
    let mut machine = Machine::new();
    machine.environment.install = Some("never".to_owned());
    let mut build = with_npm(&machine);
    build.sources.push(classic());
    let setup = machine.setup_with(vec![build]);
    let brought = machine.path("brought.js");
    let kept = machine.path("cache/builds/made@1.0.0.js");
    for (content, sha256, source, module) in [
        (CLASSIC, CLASSIC_SHA256, "https://127.0.0.1:9/lib.js", false),
        (
            SCRIPT,
            SCRIPT_SHA256,
            "npm @some/made@1.0.0 dist/lib.js",
            true,
        ),
    ] {
        std::fs::write(&brought, content).expect("the file");
        let taken = setup
            .build_from("made@1.0.0", &brought)
            .await
            .expect("it is one of the pinned files, and nothing is fetched");
        assert_eq!(
            taken,
            BuildFile {
                name: "made@1.0.0".to_owned(),
                library: Some("made".to_owned()),
                version: Some("1.0.0".to_owned()),
                path: kept.clone(),
                bytes: content.into(),
                sha256: sha256.to_owned(),
                source: source.to_owned(),
                module,
            }
        );
        assert_eq!(
            setup.build("made@1.0.0").await.expect("it is kept"),
            taken,
            "a run uses the file that was brought last"
        );
    }
    assert_eq!(machine.cached(), ["builds/made@1.0.0.js", "lock"]);
    assert!(machine.noted("npm-calls").is_empty(), "npm was not run");
}

#[tokio::test]
async fn a_file_that_is_not_the_build_is_refused_with_both_hashes() {
    let machine = Machine::new();
    let mut build = with_npm(&machine);
    build.sources.push(classic());
    let setup = machine.setup_with(vec![build]);
    let brought = machine.path("brought.js");
    std::fs::write(&brought, "other").expect("the file");
    let error = setup
        .build_from("made@1.0.0", &brought)
        .await
        .expect_err("it is another file");
    let shown = brought.display();
    assert_eq!(
        error.to_string(),
        format!(
            "{shown} is not made@1.0.0: its sha256 is d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa, \
             and pinned in builds.toml is {SCRIPT_SHA256} (npm @some/made@1.0.0 dist/lib.js) or {CLASSIC_SHA256} \
             (https://127.0.0.1:9/lib.js); nothing was kept. To run it as a build of your own, type `posttrack run \
             --build {shown}`"
        )
    );
    let absent = setup
        .build_from("made@1.0.0", &machine.path("absent.js"))
        .await
        .expect_err("there is none");
    assert_eq!(
        absent.to_string(),
        format!(
            "the build file {} does not exist; give the path of a JavaScript file",
            machine.shown("absent.js")
        )
    );
    assert!(machine.cached().is_empty(), "nothing was kept");
}

#[tokio::test]
async fn where_npm_must_be_installed_first_the_other_sources_are_tried_before() {
    let mut machine = Machine::new();
    let mut build = with_npm(&machine);
    std::fs::remove_file(machine.path("bin/npm")).expect("there is an npm");
    build.sources.push(classic());
    let nobody = machine.path("nobody.pem");
    machine.environment.web = Web::default().trusting(nobody);
    let text = failing(&machine, build).await;
    let (address, npm) = text.split_once('\n').expect("two sources failed");
    assert!(
        address.starts_with("https://127.0.0.1:9/lib.js could not be fetched: "),
        "{text}"
    );
    assert!(
        npm.starts_with("    npm is missing: it is not on PATH"),
        "{text}"
    );
}

#[tokio::test]
async fn the_real_default_build_is_what_is_pinned() {
    let mut machine = Machine::new();
    machine.environment.path = Environment::capture().path;
    let file = match machine.setup().build("appmeasurement@2.23.0").await {
        Ok(file) => file,
        Err(error) => panic!("the registry's package should be the pinned one: {error}"),
    };
    assert_eq!(file.sha256, drivers::known_builds()[0].sources[0].sha256);
    let read = BuildFile::from_path(None, &file.path).expect("it is a script");
    assert!(
        read.module,
        "builds.toml and the file's own text agree that it is a module"
    );
    assert_eq!(read.bytes, file.bytes);
}
