//! The run's own certificate authority and the certificates of the hosts that the world plays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::server::NoServerSessionStorage;
use tokio_rustls::rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};

use super::sites::registrable;
use super::{WorldError, lock};

/// How long a certificate is valid, from a day before now (clocks differ on a grid).
const VALID: Duration = Duration::days(7);

/// The certificate authority of one run; clones share it.
#[derive(Clone)]
pub struct Ca(Arc<Authority>);

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    // One key for all leaves: making keys is the slow part, and hosts of one run need no secrets.
    leaf_key: KeyPair,
    /// The same key, as TLS uses it.
    signing_key: Arc<dyn SigningKey>,
    provider: Arc<CryptoProvider>,
    configs: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

impl Ca {
    /// A new authority with a name and a key of its own.
    pub fn new() -> Result<Ca, WorldError> {
        let failed = |source| WorldError::Certificate {
            host: "the run's certificate authority".to_owned(),
            source,
        };
        let mut params = CertificateParams::default();
        let name = format!("posttrack run {:016x}", fastrand::u64(..));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        limit(&mut params);
        let key = KeyPair::generate().map_err(failed)?;
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(failed)?;
        let leaf_key = KeyPair::generate().map_err(failed)?;
        let provider = Arc::new(ring::default_provider());
        let der = PrivatePkcs8KeyDer::from(leaf_key.serialize_der());
        let signing_key = provider
            .key_provider
            .load_private_key(der.into())
            .map_err(|source| WorldError::Tls {
                host: "the key of all hosts".to_owned(),
                source,
            })?;
        Ok(Ca(Arc::new(Authority {
            issuer,
            leaf_key,
            signing_key,
            provider,
            configs: Mutex::default(),
        })))
    }

    /// The authority's certificate in DER, for a browser to trust.
    pub fn certificate(&self) -> &[u8] {
        let certificate: &Certificate = self.0.issuer.as_ref();
        certificate.der()
    }

    /// The authority's certificate in PEM.
    pub fn pem(&self) -> String {
        self.0.issuer.pem()
    }

    /// The key of all certificates that it gives to hosts, as SubjectPublicKeyInfo in DER.
    pub fn server_key(&self) -> Vec<u8> {
        self.0.leaf_key.subject_public_key_info()
    }

    /// TLS as `host` speaks it: HTTP/1.1, with a certificate for its whole site where there is one.
    pub(super) fn server_config(&self, host: &str) -> Result<Arc<ServerConfig>, WorldError> {
        let names = certificate_names(host);
        let mut configs = lock(&self.0.configs);
        if let Some(config) = configs.get(&names[0]) {
            return Ok(config.clone());
        }
        let config = Arc::new(self.0.leaf(&names)?);
        configs.insert(names[0].clone(), config.clone());
        Ok(config)
    }

    /// Forgets what hosts of these sites spoke: no two cases have a site in common.
    pub(super) fn forget(&self, sites: &[&str]) {
        lock(&self.0.configs)
            .retain(|host, _| !registrable(host).is_some_and(|site| sites.contains(&site)));
    }
}

impl Authority {
    fn leaf(&self, names: &[String]) -> Result<ServerConfig, WorldError> {
        let host = names[0].clone();
        let failed = |source| WorldError::Certificate {
            host: host.clone(),
            source,
        };
        let mut params = CertificateParams::new(names).map_err(failed)?;
        params
            .distinguished_name
            .push(DnType::CommonName, "posttrack");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        limit(&mut params);
        let certificate = params
            .signed_by(&self.leaf_key, &self.issuer)
            .map_err(failed)?;
        let shown = CertifiedKey::new(vec![certificate.der().clone()], self.signing_key.clone());
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|source| WorldError::Tls { host, source })?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
        // Nobody comes back to a site of a case that is over.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// A short validity, and a serial number of its own: by default it follows from the key, and
/// Firefox takes no two certificates of one issuer with the same number.
fn limit(params: &mut CertificateParams) {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(1);
    params.not_after = params.not_before + VALID;
    // The first bit must be 0 (a number above zero) and the first byte not (it would be cut).
    let serial = (fastrand::u128(..) & (u128::MAX >> 1)) | (1 << 120);
    params.serial_number = Some(SerialNumber::from_slice(&serial.to_be_bytes()));
}

/// The names for `host`: its site and all hosts in it, or only itself where a wildcard does not
/// reach or the site is not ours.
fn certificate_names(host: &str) -> Vec<String> {
    match registrable(host) {
        Some(site) if host.split('.').count() <= 3 => {
            vec![site.to_owned(), format!("*.{site}")]
        }
        _ => vec![host.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_shares_one_certificate_and_deeper_hosts_have_their_own() {
        let ca = Ca::new().unwrap();
        let shop = ca.server_config("shop.test").unwrap();
        assert!(
            Arc::ptr_eq(&shop, &ca.server_config("www.shop.test").unwrap()),
            "hosts of one site are covered by one wildcard certificate"
        );
        assert!(
            !Arc::ptr_eq(&shop, &ca.server_config("a.b.shop.test").unwrap()),
            "a wildcard reaches one label deep, so `a.b.` needs its own certificate"
        );
        assert_eq!(
            certificate_names("dpm.demdex.net"),
            ["dpm.demdex.net"],
            "hosts that are not under .test get a certificate for exactly their name"
        );
    }

    #[test]
    fn what_a_closed_case_used_is_forgotten_and_nothing_else() {
        let ca = Ca::new().unwrap();
        let hosts = ["shop.test", "a.b.shop.test", "other.test", "dpm.demdex.net"];
        let before = hosts.map(|host| ca.server_config(host).unwrap());
        ca.forget(&["shop.test"]);
        let after = hosts.map(|host| ca.server_config(host).unwrap());
        let same = |n: usize| Arc::ptr_eq(&before[n], &after[n]);
        assert_eq!(
            [same(0), same(1), same(2), same(3)],
            [false, false, true, true],
            "one site's certificates are forgotten, with those of its deeper hosts"
        );
    }

    #[test]
    fn impossible_names_are_an_error_that_names_them() {
        let error = Ca::new().unwrap().server_config("ünï.test").unwrap_err();
        assert!(
            error.to_string().contains("ünï.test"),
            "the host is named: {error}"
        );
    }
}
