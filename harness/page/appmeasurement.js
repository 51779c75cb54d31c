// What is particular to AppMeasurement: which calls are recorded, and how its trackers are found.

const VARIABLES = ["account", "trackingServer", "trackingServerSecure", "ssl", "pageName", "pageURL", "channel",
  "campaign", "events", "products", "purchaseID", "transactionID", "state", "zip", "server", "pageType",
  "currencyCode", "charSet", "referrer", "contextData", "linkTrackVars", "linkTrackEvents", "linkType", "linkName",
  "linkURL", "usePlugins", "useBeacon", "abort", "usePostbacks", "trackOffline", "marketingCloudVisitorID",
  "analyticsVisitorID", "visitorID", "trackDownloadLinks", "trackExternalLinks"];
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
  return copy;
}

/** The tracker's global name; `#n` (its place in the library's own list) for one without. */
function nameOf(tracker) {
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

function watchTracker(tracker) {
  if (!tracker || typeof tracker !== "object" || tracker._c !== "s_c" || trackers.has(tracker)) return;
  trackers.add(tracker);
  record("built", { library: "appmeasurement", version: String(tracker.version), beacon: Boolean(navigator.sendBeacon) });
  for (const method of ["t", "tl"]) {
    intercept(tracker, method, (target, self, args) => {
      trackingCalls += 1;
      return withPlugins(tracker, () => recordCall(tracker, method, target, self, args));
    });
  }
  intercept(tracker, "clearVars", (target, self, args) => recordCall(tracker, "clearVars", target, self, args));
  for (const [method, on] of [["registerPreTrackCallback", "pre"], ["registerPostTrackCallback", "post"]]) {
    intercept(tracker, method, (target, self, args) => {
      const [given, ...more] = args;
      const name = typeof given === "function" ? callbackNames.get(given) || null : null;
      record("registered", { on, tracker: nameOf(tracker), name, what: typeof given, args: more.map((arg) => plain(arg)) });
      return Reflect.apply(target, self, args);
    });
  }
}

function watchAll() {
  for (const tracker of window.s_c_il || []) watchTracker(tracker);
}

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
