//! Exceptions out of a scenario's code: announced ones, and mistakes with their place in the file.

use super::case;

pub const SCENARIOS: &[(&str, &str)] = &[
    (
        "throws",
        "[[step]]\nrun = \"nothing.at.all\"\nthrows = \"nothing is not defined\"\n[[step]]\nrun = \"console.log('goes on')\"\n",
    ),
    (
        "throws-as",
        "[[step]]\nrun = \"throw new RangeError('too far')\"\nas = \"value\"\nthrows = \"too far\"\n",
    ),
    (
        "throws-nothing",
        "[[step]]\nrun = \"1\"\nthrows = \"boom\"\n",
    ),
    (
        "throws-something-else",
        "[[step]]\nrun = \"throw new Error('bang')\"\nthrows = \"boom\"\n",
    ),
    (
        "error-in-a-step",
        "[[step]]\nrun = '''\nvar x = 1;\n  missing(x);\n'''\n",
    ),
    (
        "error-in-a-value-step",
        "[[step]]\nrun = '''\nvar x = 1;\n  missing(x);\n'''\nas = \"value\"\n",
    ),
    ("syntax-error-in-a-step", "[[step]]\nrun = 's.t('\n"),
    (
        "syntax-error-in-a-value-step",
        "[[step]]\nrun = '''\n1 +\n  ]\n'''\nas = \"value\"\n",
    ),
    (
        "error-in-a-variable",
        "[tracker]\neVar1 = { js = 'missing()' }\n",
    ),
    (
        "syntax-error-in-a-variable",
        "[tracker]\neVar1 = { js = '1 +' }\n",
    ),
    (
        "syntax-error-in-a-callback",
        "[[callback]]\nname = \"audit\"\non = \"post\"\nrun = '''\nvar x = 1;\n  if (x {\n'''\n",
    ),
    (
        "error-in-an-argument",
        "[[callback]]\nname = \"audit\"\non = \"post\"\nargs = [1, { js = 'missing()' }]\n",
    ),
    (
        "no-tracker-to-register-with",
        "[[callback]]\nname = \"audit\"\non = \"post\"\n[tracker]\neVar1 = { js = 'delete window.s' }\n",
    ),
    (
        "statements-where-eval-is-forbidden",
        "page.csp = \"script-src 'self'\"\n[[step]]\nrun = '''\n1 + 1;\n  2 + 2\n'''\nas = \"value\"\n",
    ),
    ("no-such-element", "[[step]]\nclick = \"#missing\"\n"),
    (
        "no-such-frame",
        "[[step]]\nframe = \"#missing\"\nrun = \"1\"\n",
    ),
];

#[test]
fn exceptions_that_a_step_announces_are_no_errors() {
    assert_eq!(case("throws").logged(), ["goes on"]);
    assert!(case("throws-as").run.outcome.is_ok());
}

#[test]
fn mistakes_in_code_are_reported_with_their_place() {
    let mut wrong = Vec::new();
    for (scenario, message, place) in [
        (
            "throws-nothing",
            "the step threw nothing, expected an exception with \"boom\"",
            "3:1",
        ),
        (
            "throws-something-else",
            "the step threw Error: bang (expected one with \"boom\")",
            "4:14",
        ),
        (
            "error-in-a-step",
            "the step threw ReferenceError: missing is not defined",
            "6:3",
        ),
        (
            "error-in-a-value-step",
            "the step threw ReferenceError: missing is not defined",
            "6:3",
        ),
        (
            "syntax-error-in-a-step",
            "the step threw SyntaxError: expected expression, got end of script",
            "4:12",
        ),
        (
            "syntax-error-in-a-value-step",
            "the step threw SyntaxError: expected expression, got ']'",
            "6:3",
        ),
        (
            "error-in-a-variable",
            "the page's set-up failed: ReferenceError: missing is not defined",
            "4:17",
        ),
        (
            "syntax-error-in-a-variable",
            "the page's set-up failed: SyntaxError: expected expression, got ')'",
            "4:20",
        ),
        (
            "syntax-error-in-a-callback",
            "the page's set-up failed: SyntaxError: missing ) after condition",
            "8:9",
        ),
        (
            "error-in-an-argument",
            "the page's set-up failed: ReferenceError: missing is not defined",
            "6:20",
        ),
        (
            "no-tracker-to-register-with",
            "the page's set-up failed: Error: `audit` cannot be registered: the page has no tracker `s` yet",
            "3:1",
        ),
        (
            "statements-where-eval-is-forbidden",
            "the step threw SyntaxError: missing ) in parenthetical (the page's policy forbids eval: a step with `as` must be one expression there)",
            "6:6",
        ),
        (
            "no-such-element",
            "cannot click \"#missing\": no such element: Unable to locate element: #missing",
            "3:1",
        ),
        (
            "no-such-frame",
            "the step could not run: no such element: Unable to locate element: #missing",
            "3:1",
        ),
    ] {
        let trouble = case(scenario).trouble();
        let at = trouble.at.as_deref().unwrap_or("nowhere");
        let found_place = at.rsplit_once(".toml:").map_or(at, |(_, place)| place);
        if (trouble.message.as_str(), found_place) != (message, place) {
            wrong.push(format!(
                "{scenario}:\n  expected {place}: {message}\n  found    {found_place}: {}",
                trouble.message
            ));
        }
        assert!(
            !trouble.infrastructure(),
            "{scenario}: another try is no help"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
