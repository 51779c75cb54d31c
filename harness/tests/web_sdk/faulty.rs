//! Copies of the real build that break what is documented, each in one way: the laws notice them.

use std::collections::BTreeSet;

use drivers::BuildFile;
use posttrack::verdict::Verdict;

use super::common::{chosen, real_suite, run_with, web_sdk_build};

/// Lets `alter` change each command on its way from the base code to the library.
const TAMPER: &str = "
function tamper(alter) {
  window.__alloyNS.forEach(function (name) {
    var queue = window[name].q;
    var push = Array.prototype.push;
    Object.defineProperty(queue, 'push', {
      configurable: true,
      get: function () { return push; },
      set: function (execute) {
        push = function (item) { return execute(alter(item, execute)); };
        queue.splice(0).forEach(push);
      },
    });
  });
}
";

/// A fault: its name, code before the library, the scenarios that show it, and the claims that it breaks.
struct Fault {
    name: &'static str,
    code: &'static str,
    scenario: &'static str,
    breaks: &'static [&'static str],
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "turns-the-queue-around",
        code: "window.alloy.q.reverse();",
        scenario: "web-sdk/base-code-queue",
        breaks: &["WEB-08"],
    },
    Fault {
        name: "forgets-the-queue",
        code: "window.alloy.q.splice(1, 1);",
        scenario: "web-sdk/base-code-queue",
        breaks: &["WEB-08"],
    },
    Fault {
        name: "takes-failures-for-success",
        code: "
var send = window.fetch;
window.fetch = function () {
  return send.apply(window, arguments).catch(function () { return new Response('{\"handle\":[]}'); });
};",
        scenario: "web-sdk/failure/fetch/reset",
        breaks: &["WEB-01", "POST-18"],
    },
    Fault {
        name: "sends-nothing",
        code: "window.fetch = function () { return Promise.resolve(new Response('{\"handle\":[]}')); };",
        scenario: "web-sdk/page-view",
        breaks: &["WEB-03", "POST-18"],
    },
    Fault {
        name: "calls-no-monitors",
        code: "Object.defineProperty(window, '__alloyMonitors', { get: function () { return []; } });",
        scenario: "web-sdk/page-view",
        breaks: &["WEB-09"],
    },
    Fault {
        name: "takes-no-notice-of-the-callback",
        code: "
tamper(function (item) {
  var options = item[2][1];
  if (item[2][0] !== 'configure' || !options.onBeforeEventSend) return item;
  var callback = options.onBeforeEventSend;
  return [item[0], item[1], ['configure', Object.assign({}, options, {
    onBeforeEventSend: function (content) { try { callback(content); } catch (_) {} },
  })]];
});",
        scenario: "web-sdk/before-event-send-returns-false",
        breaks: &["WEB-07"],
    },
    Fault {
        name: "takes-no-notice-of-exceptions",
        code: "
tamper(function (item) {
  var options = item[2][1];
  if (item[2][0] !== 'configure' || !options.onBeforeEventSend) return item;
  var callback = options.onBeforeEventSend;
  return [item[0], item[1], ['configure', Object.assign({}, options, {
    onBeforeEventSend: function (content) { try { return callback(content); } catch (_) {} },
  })]];
});",
        scenario: "web-sdk/before-event-send-throws",
        breaks: &["WEB-06"],
    },
    Fault {
        name: "configures-itself",
        code: "
tamper(function (item, execute) {
  if (item[2][0] === 'sendEvent') {
    execute([function () {}, function () {}, ['configure', {
      datastreamId: 'd', orgId: 'o@AdobeOrg', edgeDomain: 'edge.shop.test', thirdPartyCookiesEnabled: false,
      clickCollectionEnabled: false, context: [],
    }]]);
  }
  return item;
});",
        scenario: "web-sdk/not-configured",
        breaks: &["WEB-02"],
    },
    Fault {
        name: "goes-elsewhere",
        code: "
var send = window.fetch;
window.fetch = function (url, options) { return send(url.replace('/ee/', '/other/'), options); };",
        scenario: "web-sdk/page-view",
        breaks: &["WEB-10"],
    },
    Fault {
        name: "sends-no-beacons",
        code: "
tamper(function (item) {
  if (item[2][1]) delete item[2][1].documentUnloading;
  return item;
});",
        scenario: "web-sdk/unloading",
        breaks: &["WEB-05"],
    },
    Fault {
        name: "rejects-what-was-sent",
        code: "
tamper(function (item) {
  if (item[2][0] !== 'sendEvent') return item;
  return [function () { item[1](new Error('no')); }, item[1], item[2]];
});",
        scenario: "web-sdk/page-view",
        breaks: &["WEB-01"],
    },
    Fault {
        name: "never-settles",
        code: "
tamper(function (item) {
  if (item[2][0] !== 'sendEvent') return item;
  return [function () {}, function () {}, item[2]];
});",
        scenario: "web-sdk/page-view",
        breaks: &["WEB-01"],
    },
    Fault {
        name: "fulfils-at-once",
        code: "
tamper(function (item) {
  if (item[2][0] === 'sendEvent') item[0]({ propositions: [], inferences: [], destinations: [] });
  return item;
});",
        scenario: "web-sdk/page-view",
        breaks: &["WEB-03", "POST-18"],
    },
];

fn copy(build: &BuildFile, fault: &Fault) -> BuildFile {
    let mut script = format!("(function () {{{TAMPER}{}\n}})();\n", fault.code).into_bytes();
    script.extend_from_slice(&build.bytes);
    BuildFile {
        name: fault.name.to_owned(),
        library: None,
        version: None,
        bytes: script.into(),
        source: format!("the build with the fault {}", fault.name),
        ..build.clone()
    }
}

#[test]
fn every_faulty_copy_is_noticed_by_the_laws_that_it_breaks() {
    let suite = real_suite();
    let build = web_sdk_build();
    let builds = FAULTS.iter().map(|fault| copy(&build, fault)).collect();
    let wanted = |name: &str| FAULTS.iter().any(|fault| fault.scenario == name);
    let filters = FAULTS
        .iter()
        .map(|fault| format!("firefox::{}::{}", fault.name, fault.scenario))
        .collect();
    let ran = run_with(chosen(&suite, wanted), builds, filters);
    let mut survivors = Vec::new();
    for fault in FAULTS {
        let ended = ran
            .cases
            .iter()
            .find(|ended| {
                ended.case.build.name == fault.name && ended.case.scenario.name == fault.scenario
            })
            .unwrap_or_else(|| panic!("{} was not run on {}", fault.name, fault.scenario));
        let judgements = ended.verdict(&suite).judgements;
        let violated: BTreeSet<&str> = judgements
            .iter()
            .filter(|one| one.verdict == Verdict::Violated && !one.expected)
            .map(|one| one.id.as_str())
            .collect();
        if !fault.breaks.iter().all(|id| violated.contains(id)) {
            survivors.push(format!(
                "{} on {}: expected {:?} to be violated, found {violated:?}",
                fault.name, fault.scenario, fault.breaks
            ));
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
}

#[test]
fn the_build_itself_breaks_nothing_that_is_not_known() {
    let suite = real_suite();
    let wanted = |name: &str| FAULTS.iter().any(|fault| fault.scenario == name);
    let ran = run_with(chosen(&suite, wanted), vec![web_sdk_build()], Vec::new());
    for ended in &ran.cases {
        let findings = ended.verdict(&suite).findings;
        assert!(findings.is_empty(), "{}: {findings:#?}", ended.case.name());
    }
}
