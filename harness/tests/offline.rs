//! No packet of a run leaves loopback, whatever its pages try.
//!
//! The run goes on in a network namespace whose only way out is one device that counts what is sent into it. That it
//! counts is shown first, for each kind of packet.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod support;

use std::process::Command;

use drivers::BrowserKind;
use posttrack::report::Status;
use support::{Bench, Run, provide};

/// Makes the way out, shows that it counts, runs the command that it was given, and says the counter after each.
/// A device pair and not a dummy device, because every kernel that runs containers has the former. Its addresses are
/// those of documentations: nothing answers there.
const NAMESPACE: &str = r#"
sent() { echo "sent $1: $(cat /sys/class/net/out/statistics/tx_packets)"; }
mount -t sysfs none /sys
ip link set lo up
ip link add out type veth peer name sink
# The kernel's own chatter would be counted too.
echo 1 >/proc/sys/net/ipv6/conf/sink/disable_ipv6
echo 1 >/proc/sys/net/ipv6/conf/out/addr_gen_mode
echo 0 >/proc/sys/net/ipv6/conf/out/router_solicitations
ip link set out arp off
ip link set sink up
ip link set out up
ip addr add 198.51.100.2/24 dev out
ip route add default via 198.51.100.1 dev out
ip -6 addr add 2001:db8::2/64 dev out nodad
ip -6 route add default via 2001:db8::1 dev out
echo 'nameserver 198.51.100.53' >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
sent nothing
echo packet >/dev/udp/192.0.2.1/9; sent UDP
echo packet >/dev/udp/2001:db8:1::1/9; sent IPv6
(echo packet >/dev/tcp/192.0.2.1/9) 2>/dev/null & sleep 1; kill $!; sent TCP
getent hosts www.example.com & sleep 1; kill $!; sent DNS
wait
code=0; "$@" || code=$?
sent run
exit $code
"#;

/// Hosts that are there, that refuse, that have no name, that fail their handshake, and a real one elsewhere.
const HOSTS: &str = r#"
title = "hosts in every state"
requirements = ["T-01"]
library = "appmeasurement"

[page]
url = "https://www.shop.test/"

[tracker]
account = "examplersid"

[[step]]
run = "s.t()"

[[endpoint]]
host = "refused.shop.test"
answer = { fault = "refuse" }

[[endpoint]]
host = "nameless.shop.test"
answer = { fault = "dns" }

[[endpoint]]
host = "insecure.shop.test"
answer = { fault = "tls" }

[vary.host]
up = { tracker.trackingServer = "metrics.shop.test" }
refused = { tracker.trackingServer = "refused.shop.test" }
nameless = { tracker.trackingServer = "nameless.shop.test" }
insecure = { tracker.trackingServer = "insecure.shop.test" }
elsewhere = { tracker.trackingServer = "metrics.example.com" }
"#;

/// Every way out that a page has, to a name and to addresses of both kinds.
const WAYS_OUT: &str = r#"
title = "a page that wants to get out"
requirements = ["T-01"]
library = "appmeasurement"

[page]
url = "https://www.shop.test/"
head = """
<link rel="dns-prefetch" href="//prefetched.example.com">
<link rel="preconnect" href="https://preconnected.example.com">
<link rel="prefetch" href="https://prefetched.example.com/page">
<link rel="stylesheet" href="https://styles.example.com/style.css">
<script>
const outside = ['www.example.com', '192.0.2.1', '[2001:db8:1::1]'];
const timer = setTimeout(() => {}, 50000);
const tried = outside.flatMap((host) => [
  fetch(`https://${host}/fetch`, { mode: 'no-cors' }),
  fetch(`http://${host}:8080/fetch`, { mode: 'no-cors' }),
  Promise.resolve(navigator.sendBeacon(`https://${host}/beacon`)),
  new Promise((done) => { Object.assign(new Image(), { onerror: done, src: `https://${host}/image` }); }),
  new Promise((done) => { new WebSocket(`wss://${host}/socket`).onclose = done; }),
  new Promise((done) => { const source = new EventSource(`https://${host}/events`); source.onerror = () => done(source.close()); }),
  transport(host),
  call(host),
]);
Promise.allSettled(tried).then((ends) => {
  console.log(`tried ${ends.length}`);
  clearTimeout(timer);
});

async function transport(host) {
  const session = new WebTransport(`https://${host}/`);
  await session.ready;
}

// A peer-to-peer connection looks for its own addresses by packets to this server, past any proxy that can be passed.
async function call(host) {
  const peer = new RTCPeerConnection({ iceServers: [
    { urls: `stun:${host}:3478` },
    { urls: `turn:${host}:3478?transport=tcp`, username: 'u', credential: 'c' },
  ] });
  peer.createDataChannel('out');
  await peer.setLocalDescription(await peer.createOffer());
  await new Promise((done) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done();
  });
  peer.close();
}
</script>
"""

[tracker]
account = "examplersid"
trackingServer = "metrics.shop.test"

[[step]]
run = "s.t()"
"#;

/// A run in a namespace of its own. Who is not root gets one where the system lets users have namespaces.
fn run_apart(bench: &Bench, browser: BrowserKind) -> Run {
    let flags = ["-nm", "-rnm"].into_iter().find(|flags| {
        let tried = Command::new("unshare").args([flags, "true"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    });
    let flags = flags.expect(
        "this test makes a network namespace: `unshare -n` (util-linux) needs root, or users must be allowed to",
    );
    let posttrack =
        bench.posttrack(&["run", "--json", "results.json", "--browser", browser.name()]);
    let mut command = Command::new("unshare");
    command
        .args([flags, "bash", "-euc", NAMESPACE, "apart"])
        .arg(posttrack.get_program())
        .args(posttrack.get_args())
        .current_dir(bench.root());
    bench.environment(&mut command);
    Run::start(command, bench)
}

#[test]
fn no_packet_of_firefox_leaves_loopback() {
    no_packet_leaves_loopback(BrowserKind::Firefox);
}

#[test]
fn no_packet_of_chromium_leaves_loopback() {
    no_packet_leaves_loopback(BrowserKind::Chrome);
}

#[test]
fn no_packet_of_webkit_leaves_loopback() {
    no_packet_leaves_loopback(BrowserKind::Webkit);
}

fn no_packet_leaves_loopback(browser: BrowserKind) {
    provide(browser);
    let bench = Bench::with(&[("hosts", HOSTS), ("ways-out", WAYS_OUT)]);
    let ended = run_apart(&bench, browser).end();

    let sent = |after: &str| -> u64 {
        let line = format!("sent {after}: ");
        let mut lines = ended.out.lines();
        let number = lines.find_map(|text| text.strip_prefix(&line)?.parse().ok());
        number.unwrap_or_else(|| {
            panic!(
                "the way out could not be made (it takes iproute2, bash, and a kernel with veth), or the run did not \
                 end: {}",
                ended.said()
            )
        })
    };
    let (nothing, udp, ipv6, tcp, dns) = (
        sent("nothing"),
        sent("UDP"),
        sent("IPv6"),
        sent("TCP"),
        sent("DNS"),
    );
    assert!(
        nothing < udp && udp < ipv6 && ipv6 < tcp && tcp < dns,
        "each kind of packet must be counted, or this test shows nothing: {}",
        ended.out
    );
    assert_eq!(
        sent("run") - dns,
        0,
        "packets of the run left loopback: {}",
        ended.said()
    );

    let results = ended.results.as_ref().expect("the run wrote its results");
    assert_eq!(results.cases.len(), 6, "{}", ended.said());
    for case in &results.cases {
        assert!(
            !matches!(case.status, Status::Error | Status::Skipped),
            "{} did not run to its end: {}",
            case.scenario,
            ended.said()
        );
    }
    let tried = &ended.case("ways-out").timeline;
    assert!(
        tried.iter().any(|line| line.contains("tried 24")),
        "the page tried every way: {tried:#?}"
    );
}
