//! Certificates: an authority, one key for all hosts, a certificate a site.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, PublicKeyData,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::NoServerSessionStorage;
use sha2::{Digest, Sha256};

/// The authority of one run.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    key: KeyPair,
    sites: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

impl Authority {
    /// A new one.
    pub fn new() -> io::Result<Authority> {
        let mut params = CertificateParams::default();
        let name = format!("floor {}", std::process::id());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)?;
        Ok(Authority {
            issuer,
            key: KeyPair::generate().map_err(io::Error::other)?,
            sites: Mutex::default(),
        })
    }

    /// The SHA-256 of the key of all hosts, in Base64.
    pub fn key_pin(&self) -> String {
        let digest = Sha256::digest(self.key.subject_public_key_info());
        base64::engine::general_purpose::STANDARD.encode(digest)
    }

    /// TLS as a host of this site speaks it.
    pub fn config(&self, site: &str) -> io::Result<Arc<ServerConfig>> {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = sites.get(site) {
            return Ok(config.clone());
        }
        // Firefox takes no two certificates of one issuer with the same number.
        let number = sites.len() as u64 + 1;
        let config = Arc::new(self.leaf(site, number)?);
        sites.insert(site.to_owned(), config.clone());
        Ok(config)
    }

    fn leaf(&self, site: &str, number: u64) -> io::Result<ServerConfig> {
        let names = [site.to_owned(), format!("*.{site}")];
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.serial_number = Some(number.into());
        let leaf = params
            .signed_by(&self.key, &self.issuer)
            .map_err(io::Error::other)?;
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key.into())
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}
