// Accounts for timers, so that "nothing more will happen" is known and not slept for. A timer that
// re-armed itself twice without a recorded effect is polling and does not hold the case open.

const POLLING_AFTER = 2;
const timers = new Map();
let running = null;

function openTimers() {
  const open = [];
  for (const timer of timers.values()) {
    if (timer.idle < POLLING_AFTER) open.push(`${timer.kind} ${timer.delay} ms`);
  }
  return open;
}

/** A step may change what a poll looks for: each has another look before it counts as polling again. */
function lookAgain() {
  for (const timer of timers.values()) timer.idle = 0;
}

function runTimer(timer, self, args) {
  const outer = running;
  const before = seq;
  running = timer;
  timer.armed = [];
  newTask();
  try {
    return Reflect.apply(timer.callback, self, args);
  } finally {
    newTask();
    running = outer;
    const effect = seq !== before;
    if (effect) for (const armed of timer.armed) armed.idle = 0;
    if (timer.repeats) timer.idle = effect ? 0 : timer.idle + 1;
  }
}

function interceptTimer(name, clearName, repeats) {
  intercept(window, name, (target, self, args) => {
    const [callback, delay = 0] = args;
    const timer = { kind: name, delay: Number(delay) || 0, repeats, idle: 0, armed: [] };
    if (typeof callback === "function") {
      timer.callback = callback;
      timer.source = native.sourceOf.call(callback);
      if (running && running.source === timer.source) {
        timer.idle = running.idle + 1;
        running.armed.push(timer);
      }
      args = args.slice();
      args[0] = function (...given) {
        if (!repeats) timers.delete(timer.key);
        return runTimer(timer, this, given);
      };
    } else if (!repeats) {
      // Text of code cannot be wrapped without changing how it runs; a twin tells when it is due.
      native.setTimeout.call(window, () => (timers.delete(timer.key), touch()), delay);
    }
    const id = Reflect.apply(target, self, args);
    timer.key = `${clearName} ${id}`;
    timers.set(timer.key, timer);
    touch();
    return id;
  });
}

function interceptClear(name, keys) {
  intercept(window, name, (target, self, args) => {
    for (const key of keys) timers.delete(`${key} ${args[0]}`);
    touch();
    return Reflect.apply(target, self, args);
  });
}

interceptTimer("setTimeout", "timer", false);
interceptTimer("setInterval", "timer", true);
interceptTimer("requestIdleCallback", "idle", false);
interceptClear("clearTimeout", ["timer"]);
interceptClear("clearInterval", ["timer"]);
interceptClear("cancelIdleCallback", ["idle"]);
