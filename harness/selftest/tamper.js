// Stands before the Web SDK with the code of one planted fault, which may let `tamper(alter)` change
// each command on its way from the base code to the library: `alter([resolve, reject, command], execute)`.
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
