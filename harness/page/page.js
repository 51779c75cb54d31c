// The page's life, its console, the scenario's callbacks and steps, and the object `posttrack`
// that page code may use: `posttrack.host("shop.test")`.

let size = windowSize();

function windowSize() {
  return [screen.width, screen.height, innerWidth, innerHeight, screen.colorDepth];
}

/** A frame may run its first scripts before it has its size. */
function noteSize() {
  const now = windowSize();
  if (now.join() === size.join()) return;
  size = now;
  record("size", { window: size });
}

record("hello", {
  url: location.href,
  referrer: document.referrer,
  top: window === window.top,
  timezone: new Date().getTimezoneOffset(),
  window: size,
  now: Date.now(),
  cookies: cookies(),
});

function cookies() {
  try {
    return document.cookie;
  } catch (_) {
    return "";
  }
}

for (const level of ["log", "info", "warn", "error", "debug"]) {
  intercept(console, level, (target, self, args) => {
    record("console", { level, text: args.map((arg) => (typeof arg === "string" ? arg : native.stringify(plain(arg)))).join(" ") });
    return Reflect.apply(target, self, args);
  });
}

let stepError = null;

window.addEventListener(
  "error",
  (event) => {
    if (!(event instanceof ErrorEvent)) return;
    const fields = { message: event.message, file: event.filename || "", line: event.lineno || 0, column: event.colno || 0 };
    if (stepError) Object.assign(stepError, fields, { seen: true });
    else record("uncaught", fields);
  },
  true,
);

window.addEventListener("unhandledrejection", (event) => {
  record("uncaught", { message: `unhandled rejection: ${event.reason}`, file: "", line: 0, column: 0 });
});

document.addEventListener("securitypolicyviolation", (event) => {
  record("policy", { directive: event.effectiveDirective, blocked: event.blockedURI });
});

document.addEventListener("readystatechange", touch);

if (window.navigation) {
  navigation.addEventListener("navigate", (event) => {
    if (event.destination.sameDocument || event.downloadRequest !== null) return;
    leaving = true;
    touch();
    // From here on the browser cuts plain requests off, and may lose what is sent in `pagehide`.
    sendRest();
  });
  navigation.addEventListener("navigateerror", () => {
    leaving = false;
    touch();
  });
}

// The page's own listeners run between these two: one that is added while the event is captured comes
// last of all when it is at its target. Where it does not come at all, the change of visibility follows.
window.addEventListener(
  "pagehide",
  (event) => {
    record("hide", { persisted: event.persisted });
    window.addEventListener("pagehide", leave, { once: true });
    document.addEventListener("visibilitychange", leave, { once: true });
  },
  true,
);

function leave() {
  window.removeEventListener("pagehide", leave);
  document.removeEventListener("visibilitychange", leave);
  gone = true;
  sendRest();
}

window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  gone = false;
  leaving = false;
  // What was under way when the document was parked never ends.
  sending = null;
  taskIsOpen = false;
  openHop();
  record("show", {});
});

// Callbacks of the scenario.

const callbackNames = new WeakMap();
let trackingCalls = 0;
let trackingUrls = 0;

function countTracking(url) {
  if (url.includes("/b/ss/") || /\/v1\/(interact|collect)\?/.test(url)) trackingUrls += 1;
}

function isCapped() {
  return Math.max(trackingCalls, trackingUrls) >= config.maxHits;
}

/** The command whose promise is about to call a callback. */
let calledFor = null;

/** The global function of a scenario's callback: records its call, then runs the scenario's code. */
function callback(name, body) {
  const recorded = function (...args) {
    const capped = isCapped();
    const called = { name, args: args.map((arg) => plain(arg, calledFor ? -2 : 0)), capped };
    if (calledFor) called.of = calledFor;
    calledFor = null;
    record("called", called);
    if (capped) return undefined;
    try {
      return body.apply(this, args);
    } finally {
      record("exited", { name });
    }
  };
  Object.defineProperty(recorded, "name", { value: name });
  callbackNames.set(recorded, name);
  return recorded;
}

// Steps. A `<script>` runs in the page's global scope and is subject to its policy like any other.

function runScript(code, name) {
  const script = document.createElement("script");
  script.nonce = config.nonce;
  script.text = `${code}\n//# sourceURL=${name}`;
  (document.head || document.documentElement).appendChild(script);
  script.remove();
}

// Only `eval` yields the value of the last expression.
const globalEval = window.eval;

function runValue(code, name, recordAs, follow) {
  let value;
  try {
    value = globalEval(`${code}\n//# sourceURL=${name}`);
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    value = expressionValue(code, name, recordAs ? "with `as`" : "whose promise is followed");
    if (stepError.seen) return;
  }
  const isPromise = value && typeof value.then === "function";
  if (recordAs && isPromise) recordOutcome(recordAs, value);
  else if (recordAs) recordValue(recordAs, value);
  if (follow && isPromise) follow(value);
}

function recordValue(name, value) {
  record("value", { name, value: value === undefined ? "undefined" : plain(value) });
}

/** The last value of a name counts: what the promise came to, if it came to anything. */
function recordOutcome(name, promise) {
  record("value", { name, value: "«pending»" });
  const keep = (value) => recordValue(name, value);
  promise.then(keep, keep);
}

/** What a library's part of the probe does with the promise of a step; `null`: nothing. */
let following = () => null;

let expression;

/** The value where the page's policy forbids `eval`: a script can hand on that of one expression. */
function expressionValue(code, name, which) {
  expression = undefined;
  runScript(`posttrack.expression((\n${code}\n));`, name);
  if (stepError.seen) {
    stepError.line -= 1;
    stepError.message += ` (the page's policy forbids eval: a step ${which} must be one expression there)`;
  }
  return expression;
}

/** Where in a step's code an exception came from. Text that cannot be parsed is not yet in any stack. */
function place(error, name) {
  const found = new RegExp(`${name}:(\\d+):(\\d+)`).exec((error && error.stack) || "");
  if (found) return { line: Number(found[1]), column: Number(found[2]) };
  return error instanceof SyntaxError && error.lineNumber ? { line: error.lineNumber, column: error.columnNumber } : { line: 0, column: 0 };
}

/** Runs a step's code and reports; what went wrong is an event and not an exception. */
function step(n, code, recordAs) {
  const name = `posttrack-step-${n}`;
  record("step", { n });
  lookAgain();
  stepError = { seen: false };
  let outcome = { threw: null, line: 0, column: 0 };
  try {
    const follow = following();
    if (recordAs || follow) runValue(code, name, recordAs, follow);
    else runScript(code, name);
    if (stepError.seen) outcome = { threw: stepError.message, line: stepError.line, column: stepError.column };
  } catch (error) {
    outcome = { threw: String(error), ...place(error, name) };
  }
  stepError = null;
  record("stepped", { n, ...outcome });
  return report();
}

/**
 * Whether the page is as the harness knows it: each thing that happens is an event, but for timers and loading.
 * Without the Navigation API a page cannot tell that a script has just sent it elsewhere.
 */
function isAs(known) {
  if (!known || !window.navigation) return false;
  const { seq, ready, timers, requests } = state();
  return thisDocument === known.doc && seq === known.seq && ready === known.ready && requests.length === known.requests && timers.join() === known.timers.join();
}

/**
 * Two tasks later: a report, so that the harness sees what an untracked message still did. If nothing happened
 * that it did not know, the page is quiet, and what comes next begins at once: its report is the second one.
 */
function settle(known, next, done) {
  const later = () => {
    const quiet = report();
    if (!isAs(known)) done([quiet]);
    else done([quiet, next.n ? step(next.n, next.code, next.as) : finish()]);
  };
  const channel = new MessageChannel();
  channel.port1.onmessage = () => native.setTimeout.call(window, later, 0);
  channel.port2.postMessage(0);
}

/** The case is over: records the cookies and reports. */
function finish() {
  record("cookies", { text: cookies() });
  return report();
}

Object.defineProperty(window, "posttrack", {
  value: Object.freeze({
    host: (name) => config.hosts[name] || name,
    callback,
    expression: (value) => {
      expression = value;
    },
    step,
    settle,
    finish,
    mark: (n, leaves) => {
      record("step", { n });
      lookAgain();
      // Not a request more from here on: one that is open when the page goes keeps it out of the back/forward cache.
      if (leaves) leaving = true;
      return reportQuietly();
    },
    report,
    built: () => built(),
    version: (done) => Promise.resolve(version()).then(done, () => done(null)),
    follow: (...registration) => follow(...registration),
    watch: (name) => watchInstance(name),
    assembled: () => {
      assembled = true;
      touch();
    },
  }),
});
