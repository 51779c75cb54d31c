// What is particular to AppMeasurement: which calls are recorded, and how its trackers are found.

const VARIABLES = ["account", "trackingServer", "trackingServerSecure", "ssl", "pageName", "pageURL", "channel",
  "campaign", "events", "products", "purchaseID", "transactionID", "state", "zip", "server", "pageType",
  "currencyCode", "charSet", "referrer", "timestamp", "contextData", "linkTrackVars", "linkTrackEvents", "linkType", "linkName",
  "linkURL", "decodeLinkParameters", "usePlugins", "useBeacon", "abort", "usePostbacks", "trackOffline", "marketingCloudVisitorID",
  "analyticsVisitorID", "visitorID", "visitorSampling", "visitorOptedOut", "trackDownloadLinks", "trackExternalLinks"];
for (const [name, count] of [["prop", 75], ["eVar", 250], ["hier", 5], ["list", 3]]) {
  for (let n = 1; n <= count; n += 1) VARIABLES.push(name + n);
}

const trackers = new WeakSet();
let calls = 0;

function variables(tracker) {
  const copy = {};
  for (const name of VARIABLES) {
    if (tracker[name] !== undefined) copy[name] = plain(tracker[name]);
  }
  // Where the opt-in service is there, it decides whether and when anything is sent.
  if (window.adobe && window.adobe.optIn) copy["adobe.optIn"] = true;
  return copy;
}

const namesGiven = new WeakMap();

/** The tracker's name. One that was nameless when it was first heard of says so when it gets a name. */
function nameOf(tracker) {
  const name = globalName(tracker);
  const before = namesGiven.get(tracker);
  namesGiven.set(tracker, name);
  if (before && before !== name && before.startsWith("#")) record("named", { was: before, tracker: name });
  return name;
}

/** Its global name; `#n` (its place in the library's own list) for one without. */
function globalName(tracker) {
  for (const name of config.trackers) if (window[name] === tracker) return name;
  for (const name of Object.keys(window)) {
    try {
      if (window[name] === tracker) return name;
    } catch (_) {
      // A getter of the page's own that throws is no tracker.
    }
  }
  return `#${tracker._in}`;
}

function recordCall(tracker, method, target, self, args) {
  noteSize();
  calls += 1;
  const id = calls;
  record("enter", { id, tracker: nameOf(tracker), method, args: args.map((arg) => plain(arg)), vars: variables(tracker) });
  callStack.push(id);
  let threw = null;
  let returned = "";
  try {
    const value = Reflect.apply(target, self, args);
    returned = typeof value;
    return value;
  } catch (error) {
    threw = String(error);
    throw error;
  } finally {
    callStack.pop();
    record("leave", { id, threw, returned, vars: variables(tracker) });
  }
}

// `doPlugins` belongs to the page and may change at any time: it is watched only while a call runs.
function withPlugins(tracker, call) {
  const plugins = tracker.doPlugins;
  if (typeof plugins !== "function") return call();
  const watched = new Proxy(plugins, {
    apply: (target, self, args) => recordCall(tracker, "doPlugins", target, self, args),
  });
  tracker.doPlugins = watched;
  try {
    return call();
  } finally {
    if (tracker.doPlugins === watched) tracker.doPlugins = plugins;
  }
}

let registering = false;

function track(tracker, method, target, self, args) {
  trackingCalls += 1;
  return withPlugins(tracker, () => recordCall(tracker, method, target, self, args));
}

const register = (on) => (tracker, method, target, self, args) => {
  // One list handing on to another is one registration.
  if (registering) return Reflect.apply(target, self, args);
  const [given, ...more] = args;
  const name = typeof given === "function" ? callbackNames.get(given) || null : null;
  record("registered", { on, tracker: nameOf(tracker), name, what: typeof given, args: more.map((arg) => plain(arg)) });
  registering = true;
  try {
    return Reflect.apply(target, self, args);
  } finally {
    registering = false;
  }
};

/** Every method that is watched, with what its calls go through. */
const WATCHED = {
  t: track,
  tl: track,
  clearVars: recordCall,
  bufferRequests: recordCall,
  forceOffline: recordCall,
  forceOnline: recordCall,
  registerPreTrackCallback: register("pre"),
  registerPostTrackCallback: register("post"),
};

// A copy of the library may put functions of its own around those of a tracker. What the page calls is
// the outermost one: that is watched, and the one within no longer.
const layers = new WeakMap();

function watchMethod(tracker, method) {
  if (!layers.has(tracker)) layers.set(tracker, Object.create(null));
  const outermost = layers.get(tracker);
  if (typeof tracker[method] !== "function" || tracker[method] === outermost[method]) return;
  let own = null;
  intercept(tracker, method, (target, self, args) =>
    outermost[method] === own ? WATCHED[method](tracker, method, target, self, args) : Reflect.apply(target, self, args),
  );
  own = tracker[method];
  outermost[method] = own;
}

function watchTracker(tracker) {
  if (!tracker || typeof tracker !== "object" || tracker._c !== "s_c") return;
  if (!trackers.has(tracker)) {
    trackers.add(tracker);
    recordTracker(tracker);
  }
  for (const method of Object.keys(WATCHED)) watchMethod(tracker, method);
}

function recordTracker(tracker) {
  record("built", { library: "appmeasurement", version: String(tracker.version), beacon: Boolean(navigator.sendBeacon) });
}

function watchAll() {
  for (const tracker of window.s_c_il || []) watchTracker(tracker);
}

// A tracker enters the library's public list when it is made, before it has its methods. A copy of the
// library inside a tag manager's file defines no globals: there the list is the only sign of it.

/** Watches an object that may become a tracker: each method as soon as it is there. */
function watchNewcomer(newcomer) {
  if (!newcomer || typeof newcomer !== "object" || trackers.has(newcomer)) return;
  for (const method of Object.keys(WATCHED)) {
    Object.defineProperty(newcomer, method, {
      configurable: true,
      enumerable: false,
      get: () => undefined,
      set(given) {
        if (!trackers.has(newcomer)) {
          trackers.add(newcomer);
          recordTracker(newcomer);
        }
        Object.defineProperty(newcomer, method, { configurable: true, enumerable: true, writable: true, value: given });
        watchMethod(newcomer, method);
      },
    });
  }
  queueMicrotask(() => {
    for (const method of Object.keys(WATCHED)) {
      const descriptor = Object.getOwnPropertyDescriptor(newcomer, method);
      if (descriptor && descriptor.get) delete newcomer[method];
    }
    watchTracker(newcomer);
  });
}

function watchList(list) {
  return new Proxy(list, {
    set(target, key, value) {
      watchNewcomer(value);
      return Reflect.set(target, key, value);
    },
  });
}

// On the prototype, so that the page sees no global of ours; the library's assignment makes its own.
Object.defineProperty(Window.prototype, "s_c_il", {
  configurable: true,
  enumerable: false,
  get: () => undefined,
  set(list) {
    const value = Array.isArray(list) ? watchList(list) : list;
    Object.defineProperty(window, "s_c_il", { configurable: true, enumerable: true, writable: true, value });
  },
});

/** Called right after the build's script: watches the trackers that are there and all that come. */
function built() {
  const known = typeof window.AppMeasurement === "function" || typeof window.s_gi === "function";
  record("built", { library: known ? "appmeasurement" : null, version: null, beacon: Boolean(navigator.sendBeacon) });
  const returning = (target, self, args) => {
    const tracker = Reflect.apply(target, self, args);
    watchAll();
    watchTracker(tracker);
    return tracker;
  };
  if (typeof window.s_gi === "function") {
    const original = window.s_gi;
    intercept(window, "s_gi", returning);
    if (window.AppMeasurement && window.AppMeasurement.getInstance === original) window.AppMeasurement.getInstance = window.s_gi;
  }
  if (typeof window.AppMeasurement === "function") {
    window.AppMeasurement = new Proxy(window.AppMeasurement, {
      construct(target, args, newTarget) {
        const tracker = Reflect.construct(target, args, newTarget);
        watchTracker(tracker);
        return tracker;
      },
    });
  }
  watchAll();
}

/** The version of the build: of a tracker that is there, else of one made for the purpose. */
function version() {
  const there = (window.s_c_il || []).find((tracker) => tracker && tracker._c === "s_c");
  if (there) return String(there.version);
  if (typeof window.AppMeasurement === "function") return String(new window.AppMeasurement("posttrack").version);
  return typeof window.s_gi === "function" ? String(window.s_gi("posttrack").version) : null;
}
