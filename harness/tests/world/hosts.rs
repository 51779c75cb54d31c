//! States of whole hosts, and what a change does to connections that are there.

use posttrack::scenario::{Endpoint, Fault, HostState};

use crate::client::End;
use crate::set_up::{Net, endpoint, fault};

const HOST: &str = "metrics.shop.test";
const HIT: &str = "/b/ss/rsid/1/JS-2.23.0/s1?AQB=1&AQE=1";

/// Endpoints that put the host into a state from the beginning.
fn down(fault_of_host: Fault) -> Vec<Endpoint> {
    vec![Endpoint {
        host: Some(HOST.into()),
        ..endpoint(fault(fault_of_host))
    }]
}

#[tokio::test]
async fn refused_and_unresolved_hosts_are_replies_of_the_proxy() {
    let net = Net::new().await;
    for (fault, state, reply) in [
        (Fault::Refuse, HostState::Refuse, 5),
        (Fault::Dns, HostState::Dns, 4),
    ] {
        for port in [80, 443] {
            let case = net.open(down(fault));
            let refused = net.client.tunnel(&case.host(HOST), port).await;
            assert_eq!(refused.err(), Some(reply), "SOCKS reply for {fault:?}");
            let log = case.open.log();
            assert!(log.requests.is_empty(), "no request got through");
            let refusal = &log.refusals[0];
            assert_eq!(
                (refusal.host.as_str(), refusal.port, refusal.state),
                (HOST, port, state)
            );
            let other = net.client.tunnel(&case.host("www.shop.test"), port).await;
            assert!(other.is_ok(), "other hosts of the site are up");
        }
    }
}

#[tokio::test]
async fn a_failed_handshake_is_a_fatal_alert_and_a_fin() {
    let net = Net::new().await;
    let case = net.open(down(Fault::Tls));
    let host = case.host(HOST);
    let tcp = net.client.tunnel(&host, 443).await.unwrap();
    let error = net.client.handshake(tcp, &host).await.unwrap_err();
    assert!(
        error.to_string().contains("HandshakeFailure"),
        "the client got the alert: {error}"
    );
    let mut plain = net.client.connect("http", &host).await;
    plain.send("GET", HIT, &[], "").await;
    assert_eq!(
        plain.until_end().await,
        (Vec::new(), End::Fin),
        "without TLS the connection is closed"
    );
    let log = case.open.log();
    let states: Vec<_> = log
        .refusals
        .iter()
        .map(|refusal| (refusal.port, refusal.state))
        .collect();
    assert_eq!(states, [(443, HostState::Tls), (80, HostState::Tls)]);
    assert!(log.requests.is_empty(), "no request got through");
}

#[tokio::test]
async fn a_change_of_state_closes_idle_connections_and_only_those() {
    let net = Net::new().await;
    let case = net.open(vec![]);
    let host = case.host(HOST);
    for scheme in ["http", "https"] {
        let mut idle = net.client.connect(scheme, &host).await;
        idle.send("GET", HIT, &[], "").await;
        assert_eq!(idle.response().await.status, 200);
        let unused = net.client.connect(scheme, &host).await;
        let mut elsewhere = net
            .client
            .connect(scheme, &case.host("www.shop.test"))
            .await;

        case.open.set_host(HOST, HostState::Refuse);
        assert_eq!(
            idle.until_end().await,
            (Vec::new(), End::Fin),
            "a kept connection is closed"
        );
        assert_eq!(
            unused.until_end().await,
            (Vec::new(), End::Fin),
            "so is one that was opened ahead"
        );
        let again = net.client.tunnel(&host, 80).await;
        assert_eq!(again.err(), Some(5), "and there is no new one");
        elsewhere.send("GET", "/", &[], "").await;
        assert_eq!(elsewhere.response().await.status, 200, "others live on");

        case.open.set_host(HOST, HostState::Up);
        let response = net.client.get(scheme, &host, HIT).await;
        assert_eq!(response.status, 200, "the host is up again");
    }
}
