//! Running other programs: asking them their version, and having them install something.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::environment::Environment;
use crate::error::SetupError;
use crate::text::tail;

/// A program that answers no `--version` in this time is taken for broken. A browser on a cold disk needs seconds.
const VERSION_DEADLINE: Duration = Duration::from_secs(60);

/// Lines of a command's output in an error message.
const TAIL_LINES: usize = 20;

/// Three numbers; missing ones are zero.
pub(crate) type Numbers = [u32; 3];

/// The version in what `program --version` prints, or what is wrong with it, as the end of `it …`.
pub(crate) async fn version_of(
    environment: &Environment,
    program: &Path,
) -> Result<String, String> {
    version_with(environment, program, &[]).await
}

/// The same of a program that needs these variables to answer.
pub(crate) async fn version_with(
    environment: &Environment,
    program: &Path,
    variables: &[(&str, String)],
) -> Result<String, String> {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .env("PATH", &environment.path)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = match timeout(VERSION_DEADLINE, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("cannot be run: {error}")),
        Err(_) => {
            return Err(format!(
                "did not answer --version within {VERSION_DEADLINE:?}"
            ));
        }
    };
    version_in(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
        let said = tail(&printed(&output), 1);
        format!("names no version when run with --version, but says `{said}`")
    })
}

/// The first word that begins with a digit and has a dot in it.
fn version_in(text: &str) -> Option<String> {
    text.split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.'))
        .map(str::to_owned)
}

/// The leading numbers of a version such as `153.7.0esr`.
pub(crate) fn numbers(version: &str) -> Numbers {
    let mut numbers = [0; 3];
    for (slot, part) in numbers.iter_mut().zip(version.split('.')) {
        let digits = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        *slot = part[..digits].parse().unwrap_or(0);
    }
    numbers
}

/// A command that installs something.
pub(crate) struct Installer<'a> {
    /// What is being done, as the beginning of `… failed`.
    pub doing: String,
    /// The program and its arguments.
    pub words: Vec<&'a OsStr>,
    /// Where it is run.
    pub folder: &'a Path,
    /// What to do when it fails.
    pub mend: String,
}

impl Installer<'_> {
    /// Runs it to its end. `stdin` is what it inherits as its standard input.
    pub async fn run(&self, environment: &Environment, stdin: Stdio) -> Result<Output, SetupError> {
        let mut words = self.words.iter();
        let program = words.next().copied().unwrap_or_default();
        let ran = Command::new(program)
            .args(words)
            .current_dir(self.folder)
            .env("PATH", &environment.path)
            // apt-get must not ask anything; the others do not look at it.
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(stdin)
            .kill_on_drop(true)
            .output()
            .await;
        match ran {
            Ok(output) if output.status.success() => Ok(output),
            Ok(output) => Err(self.failed(
                format!("ended with {}", output.status),
                tail(&printed(&output), TAIL_LINES),
            )),
            Err(error) => Err(self.failed(format!("could not be run ({error})"), String::new())),
        }
    }

    fn failed(&self, how: String, output: String) -> SetupError {
        let words: Vec<_> = self
            .words
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        SetupError::Command {
            doing: self.doing.clone(),
            command: words.join(" "),
            how,
            mend: self.mend.clone(),
            output,
        }
    }
}

fn printed(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    if out.is_empty() || err.is_empty() {
        out + &err
    } else {
        format!("{out}\n{err}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_each_program_prints() {
        let found = |text| version_in(text);
        assert_eq!(
            found("geckodriver 0.37.1 (a1b2c3 2026-07-20 12:00 +0000)\n\nThe source code"),
            Some("0.37.1".to_owned())
        );
        assert_eq!(
            found("Mozilla Firefox 153.7.0esr\n"),
            Some("153.7.0esr".to_owned())
        );
        assert_eq!(found("10.8.2\n"), Some("10.8.2".to_owned()));
        assert_eq!(found("command not found\n"), None);
    }

    #[test]
    fn versions_compare_by_number_and_not_by_text() {
        assert!(numbers("0.37.1") >= [0, 37, 1]);
        assert!(numbers("0.9.0") < [0, 37, 1]);
        assert!(numbers("1.0") > [0, 37, 1]);
        assert_eq!(numbers("153.7.0esr"), [153, 7, 0]);
    }
}
