// Records events in the page's own order and streams them by plain fetch. Everything in this folder's
// probe parts shares one function scope: `config` comes from page assembly (assemble.rs).

// Originals, kept before the page or the library can change them.
const native = {
  setTimeout: window.setTimeout,
  fetch: window.fetch,
  sendBeacon: navigator.sendBeacon,
  stringify: JSON.stringify,
  sourceOf: Function.prototype.toString,
  now: () => performance.now(),
};

/** This loading of the document: going back may load the same text again out of the browser's cache. */
const thisDocument = `${config.doc}.${performance.timeOrigin}`;

// The window was another case's before. Not every browser forgets its name when it goes to another site, and a page
// can set it until the moment that it is left.
if (config.first) window.name = '';

let seq = 0;
let task = 0;
let taskIsOpen = false;
/** The delivery under way. One that was under way when the document was parked may end much later. */
let sending = null;
let gone = false;
let leaving = false;
let assembled = false;
const unsent = [];
const callStack = [];

// A message is a task of its own, is not clamped like a timer, and works in hidden windows.
let hop = null;

function openHop() {
  hop = new MessageChannel();
  hop.port1.onmessage = () => {
    taskIsOpen = false;
    flush();
  };
}

openHop();

/** Begins a new task in the sense of `PageEvent::task`; a message later it is over. */
function newTask() {
  task += 1;
  if (!taskIsOpen) {
    taskIsOpen = true;
    hop.port2.postMessage(0);
  }
}

function touch() {
  if (!taskIsOpen) newTask();
}

function record(kind, fields) {
  touch();
  seq += 1;
  const event = { seq, task, at: native.now(), kind };
  if (callStack.length) event.within = callStack[callStack.length - 1];
  unsent.push(Object.assign(event, fields));
  if (gone) sendRest();
}

let reports = 0;

function state() {
  reports += 1;
  return {
    report: reports,
    seq,
    ready: document.readyState,
    assembled,
    timers: openTimers(),
    requests: openRequests(),
    leaving,
    gone,
  };
}

const RETRY_MS = 10;
let lastState = "";

function flush() {
  if (sending || gone) return;
  const current = state();
  const text = native.stringify({ ...current, report: 0 });
  if (!unsent.length && text === lastState) return;
  lastState = text;
  // A request of the page that is still open keeps it out of the back/forward cache; a beacon does not.
  if (leaving) return sendRest();
  const delivery = { last: seq };
  sending = delivery;
  delivery.ended = send(current, unsent.slice()).then(
    () => {
      while (unsent.length && unsent[0].seq <= delivery.last) unsent.shift();
      if (sending !== delivery) return;
      sending = null;
      flush();
    },
    // A navigation that begins cuts requests off.
    () => {
      if (sending !== delivery) return;
      sending = null;
      lastState = "";
      native.setTimeout.call(window, flush, RETRY_MS);
    },
  );
}

/** What was not acknowledged yet, once no request of ours is open: the page may be left without a trace of it. */
function reportQuietly() {
  if (sending) return sending.ended.then(reportQuietly);
  const last = report();
  unsent.length = 0;
  lastState = native.stringify({ ...last.state, report: 0 });
  return last;
}

function send(current, events) {
  return native.fetch.call(window, config.report, {
    method: "POST",
    mode: "no-cors",
    credentials: "omit",
    cache: "no-store",
    referrerPolicy: "no-referrer",
    body: native.stringify({ doc: thisDocument, events, state: current }),
  });
}

/** What was not acknowledged yet. The receiver drops doubles by `seq`. */
function report() {
  return { doc: thisDocument, events: unsent.slice(), state: state() };
}

/**
 * The document is about to go, or a navigation has begun. Only a beacon outlives the page, and its
 * quota does not matter any more. (A synchronous request would keep the page out of the back/forward
 * cache.)
 */
function sendRest() {
  if (native.sendBeacon) native.sendBeacon.call(navigator, config.report, native.stringify(report()));
}

/** A copy of a value that survives JSON, readable for people. */
function plain(value, depth = 0) {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      break;
    default:
      return `«${typeof value}»`;
  }
  if (value === null) return null;
  if (value instanceof Element) return { "«element»": value.tagName, href: value.href };
  if (value === window) return "«window»";
  if (value instanceof Error) return { "«error»": value.name, message: value.message };
  if (depth > 4) return "«deep»";
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return "«object»";
  const copy = {};
  for (const key of Object.keys(value)) copy[key] = plain(value[key], depth + 1);
  return copy;
}

/**
 * Replaces a function by one that looks the same to the library (a proxy prints as native code) and keeps its
 * attributes, which a global function of a script does not let go of in WebKit.
 */
function intercept(owner, name, apply) {
  const original = owner[name];
  if (typeof original !== "function") return;
  const given = Object.getOwnPropertyDescriptor(owner, name) || {};
  const { configurable = true, enumerable = true, writable = true } = given;
  const value = new Proxy(original, { apply: (target, self, args) => apply(target, self, args) });
  Object.defineProperty(owner, name, { configurable, enumerable, writable, value });
}
