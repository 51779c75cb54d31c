//! Drivers that do not come up are clear errors, and leave nothing behind.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod common;

use std::path::Path;
use std::time::Duration;

use common::{Machine, PATIENCE, assert_nothing_remains};
use drivers::supervise::{Driver, DriverCommand, DriverError, FOLDER, Reached};

fn port(log: &str) -> Option<u16> {
    log.split_inclusive('\n')
        .find_map(|line| line.strip_prefix("port ")?.strip_suffix('\n')?.parse().ok())
}

fn command(machine: &Machine, program: &Path) -> DriverCommand {
    DriverCommand {
        program: program.to_owned(),
        args: vec!["--folder".into(), FOLDER.into(), "two words".into()],
        env: vec![("COLOUR".into(), "blue".into())],
        temp: machine.environment.temp.clone(),
        reached: Reached::Says(port),
        cleans_up: false,
        deadline: PATIENCE,
    }
}

#[tokio::test]
async fn a_driver_gets_its_folder_its_arguments_and_its_environment() {
    let machine = Machine::new();
    let program = machine.program(
        "driver",
        "echo \"$1|$2|$3|$COLOUR|$TMPDIR|$HOME|$PWD\"; echo port 4321; exec sleep 1000",
    );
    let driver = Driver::start(&command(&machine, &program))
        .await
        .expect("it says its port");
    let folder = driver.folder().display().to_string();
    assert_eq!(driver.number(), 4321);
    assert!(driver.alive(), "it sleeps");
    assert_eq!(
        driver.log_tail(2),
        format!("--folder|{folder}|two words|blue|{folder}|{folder}|{folder}\nport 4321")
    );
    assert!(
        folder.starts_with(&machine.shown("tmp/posttrack-")),
        "run folders are recognised by their name, and this is {folder}"
    );
    driver.stop().await;
    assert!(
        !Path::new(&folder).exists(),
        "stop waits until the folder is gone"
    );
    assert_nothing_remains(&machine.environment.temp, "stop");
}

#[tokio::test]
async fn what_cleans_up_after_itself_is_asked_to_end_before_it_is_killed() {
    let machine = Machine::new();
    let program = machine.program(
        "driver",
        "trap 'echo cleaned >\"$here/noted\"; exit' TERM; echo port 1; while :; do sleep 0.01; done",
    );
    for (cleans_up, noted) in [(false, ""), (true, "cleaned\n")] {
        let mut command = command(&machine, &program);
        command.cleans_up = cleans_up;
        let driver = Driver::start(&command).await.expect("it says its port");
        driver.stop().await;
        assert_eq!(machine.noted("noted"), noted);
        assert_nothing_remains(&machine.environment.temp, "the end");
    }
}

#[tokio::test]
async fn dropping_a_driver_kills_what_it_started_too() {
    let machine = Machine::new();
    let program = machine.program("driver", "sleep 1000 & sleep 1000 & echo port 1; wait");
    let driver = Driver::start(&command(&machine, &program))
        .await
        .expect("it says its port");
    drop(driver);
    assert_nothing_remains(&machine.environment.temp, "a drop");
}

#[tokio::test]
async fn a_driver_that_ends_at_once_is_an_error_with_the_end_of_its_log() {
    let machine = Machine::new();
    let program = machine.program("driver", "echo starting; echo 'no display' >&2; exit 3");
    let error = Driver::start(&command(&machine, &program))
        .await
        .expect_err("it ended");
    assert_eq!(
        error.to_string(),
        format!(
            "{} ended before it could be reached; the end of its log:\n    starting\n    no display",
            program.display()
        )
    );
    assert_nothing_remains(&machine.environment.temp, "a driver that ended");
}

#[tokio::test]
async fn a_driver_that_never_says_its_port_is_an_error_with_the_end_of_its_log() {
    let machine = Machine::new();
    let program = machine.program("driver", "echo thinking; exec sleep 1000");
    let mut command = command(&machine, &program);
    command.deadline = Duration::from_millis(1500);
    let error = Driver::start(&command).await.expect_err("it says no port");
    assert!(matches!(error, DriverError::Silent { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "{} could not be reached within 1.5s; the end of its log:\n    thinking",
            program.display()
        )
    );
    assert_nothing_remains(&machine.environment.temp, "a driver that was silent");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_an_error_that_names_it() {
    let machine = Machine::new();
    let program = machine.path("bin/absent");
    let error = Driver::start(&command(&machine, &program))
        .await
        .expect_err("there is none");
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("{} ended before", program.display()))
            && text.contains("No such file"),
        "{text}"
    );
    assert_nothing_remains(&machine.environment.temp, "a driver that is not there");
}

#[tokio::test]
async fn a_temporary_folder_that_is_not_there_is_named() {
    let mut machine = Machine::new();
    let program = machine.program("driver", "echo port 1; exec sleep 1000");
    machine.environment.temp = machine.path("absent");
    let error = Driver::start(&command(&machine, &program))
        .await
        .expect_err("no folder");
    let text = error.to_string();
    let beginning = format!(
        "could not make a run folder in {} for {}; TMPDIR must name a folder that can be written to:\n    ",
        machine.shown("absent"),
        program.display()
    );
    assert!(text.starts_with(&beginning), "{text}");
}

#[tokio::test]
async fn a_driver_that_dies_later_is_noticed_and_cleaned_up() {
    let machine = Machine::new();
    let program = machine.program(
        "driver",
        "echo port 1; until [ -e \"$here/go\" ]; do sleep 0.01; done",
    );
    let driver = Driver::start(&command(&machine, &program))
        .await
        .expect("it says its port");
    assert!(driver.alive(), "it waits for the file");
    std::fs::write(machine.path("go"), "").expect("the file");
    let gone = async {
        while driver.alive() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone)
        .await
        .expect("a dead driver is not alive");
    driver.stop().await;
    assert_nothing_remains(&machine.environment.temp, "a driver that died by itself");
}
