// What is particular to the Web SDK: its instances are functions that take commands and return
// promises; what it does is heard through its documented monitors (`__alloyMonitors`).

const commandOf = new WeakMap();
const instanceOf = new Map();
const optionsOf = new WeakMap();
const instances = new WeakSet();
let calls = 0;
let created = false;

function recordBuilt() {
  record("built", {
    library: created ? "alloy" : null,
    version: created ? config.version : null,
    beacon: Boolean(navigator.sendBeacon),
  });
}

/** What `sendBeacon` gets from the library is a Blob, whose text nobody can read at once. */
const NativeBlob = window.Blob;
window.Blob = new Proxy(NativeBlob, {
  construct(target, args, newTarget) {
    const blob = Reflect.construct(target, args, newTarget);
    if (Array.isArray(args[0]) && args[0].every((part) => typeof part === "string")) blobTexts.set(blob, args[0].join(""));
    return blob;
  },
});
Object.defineProperty(NativeBlob.prototype, "constructor", { configurable: true, writable: true, value: window.Blob });

// Instances: the page's own view of a command is the promise that it gets.

/** The callback of `configure` that sees every event, watched while it runs. */
function watchedOptions(name, options) {
  if (!options || typeof options.onBeforeEventSend !== "function") return options;
  const watched = new Proxy(options.onBeforeEventSend, {
    apply(target, self, args) {
      calls += 1;
      const id = calls;
      record("enter", { id, tracker: name, method: "onBeforeEventSend", args: [plain(args[0], -3)], vars: {} });
      callStack.push(id);
      let threw = null;
      let returned = "";
      try {
        const value = Reflect.apply(target, self, args);
        returned = value === false ? "false" : typeof value;
        return value;
      } catch (error) {
        threw = String(error);
        throw error;
      } finally {
        callStack.pop();
        record("leave", { id, threw, returned, vars: { content: plain(args[0], -3) } });
      }
    },
  });
  return Object.assign(Object.create(Object.getPrototypeOf(options)), options, { onBeforeEventSend: watched });
}

function recordCommand(name, target, self, args) {
  calls += 1;
  const id = calls;
  const method = String(args[0]);
  if (method === "sendEvent") trackingCalls += 1;
  const given = method === "configure" && args.length > 1 ? [args[0], watchedOptions(name, args[1]), ...args.slice(2)] : args;
  // Options that several commands share tell none of them apart.
  if (given[1] && typeof given[1] === "object") optionsOf.set(given[1], optionsOf.has(given[1]) ? null : id);
  instanceOf.set(id, name);
  record("command", { id, tracker: name, method, args: args.slice(1).map((arg) => plain(arg, -4)) });
  const promise = Reflect.apply(target, self, given);
  if (!promise || typeof promise.then !== "function") return promise;
  const followed = promise.then(
    (value) => {
      record("settled", { id, fulfilled: true, value: plain(value, -2) });
      return value;
    },
    (error) => {
      record("settled", { id, fulfilled: false, value: plain(error) });
      throw error;
    },
  );
  commandOf.set(followed, id);
  return followed;
}

/** The library only ever reads the instance's queue. */
function watchInstance(name) {
  const instance = window[name];
  if (typeof instance !== "function" || instances.has(instance)) return;
  const watched = new Proxy(instance, {
    apply: (target, self, args) => recordCommand(name, target, self, args),
  });
  instances.add(watched);
  window[name] = watched;
}

function watchInstances() {
  for (const name of window.__alloyNS || []) watchInstance(name);
}

// Monitors.

function heard(hook, data) {
  if (hook === "onInstanceCreated") {
    watchInstance(data.instanceName);
    if (!created) {
      created = true;
      recordBuilt();
    }
  }
  const known = data.options && typeof data.options === "object" ? optionsOf.get(data.options) : undefined;
  record("monitored", {
    hook,
    tracker: String(data.instanceName),
    method: data.commandName || null,
    command: known || null,
    request: data.requestId || null,
    status: typeof data.statusCode === "number" ? data.statusCode : null,
  });
}

const monitor = {};
for (const hook of [
  "onInstanceCreated", "onInstanceConfigured", "onBeforeCommand", "onCommandResolved", "onCommandRejected",
  "onBeforeNetworkRequest", "onNetworkResponse", "onNetworkError",
]) {
  monitor[hook] = (data) => heard(hook, data);
}

// A page may put a list of its own in the place of the one that is there.
let monitors = [monitor];
Object.defineProperty(window, "__alloyMonitors", {
  configurable: true,
  enumerable: false,
  get: () => monitors,
  set(list) {
    if (Array.isArray(list) && !list.includes(monitor)) list.push(monitor);
    monitors = list;
  },
});

// Steps: functions registered for `then` and `catch` follow the promise that a step yields.

const followers = [];

/** Registers a function of the scenario; `name`: only for commands of this instance. */
function follow(on, callback, args, name) {
  followers.push({ on, callback, args, name });
}

function followPromise(given) {
  const command = commandOf.get(given) || null;
  const promise = Promise.resolve(given);
  const run = ({ callback, args }) => (value) => {
    calledFor = command;
    try {
      callback(value, ...args);
    } finally {
      calledFor = null;
    }
  };
  const wanted = followers.filter(({ name }) => !name || instanceOf.get(command) === name);
  const watchesFailure = wanted.some(({ on }) => on === "catch");
  for (const follower of wanted) {
    if (follower.on === "catch") promise.catch(run(follower));
    // Without a function for the failure, the failure goes unhandled like in any page.
    else if (watchesFailure) promise.then(run(follower), () => {});
    else promise.then(run(follower));
  }
}

following = () => (followers.length ? followPromise : null);

/** The library has put something of its own in the place of a queue's `push`. */
function isTakenOver(name) {
  const queue = window[name] && window[name].q;
  return Array.isArray(queue) && Object.prototype.hasOwnProperty.call(queue, "push");
}

/** Called right after the build's script: commands were kept until now. */
function built() {
  watchInstances();
  if (created) return;
  created = (window.__alloyNS || []).some(isTakenOver);
  recordBuilt();
}

/** The version of the build, asked of an instance that the page has not configured. */
function version() {
  if (!created) return null;
  const [name] = window.__alloyNS;
  const ask = window[name];
  return ask("configure", { datastreamId: "posttrack", orgId: "posttrack@AdobeOrg" })
    .then(() => ask("getLibraryInfo"))
    .then(({ libraryInfo }) => libraryInfo.version);
}
