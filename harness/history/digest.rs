//! Short hashes: enough to tell that something is not the same any more.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

/// The first 64 bits of a sha256, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(u64);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        let (first, _) = hash.split_at(8);
        Digest(
            first
                .iter()
                .fold(0, |all, byte| all << 8 | u64::from(*byte)),
        )
    }

    /// Of a whole sha256 in hexadecimal; `None` if it is not one.
    pub fn of_sha256(text: &str) -> Option<Digest> {
        Digest::parse(text.get(..16)?)
    }

    fn parse(text: &str) -> Option<Digest> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = digits.then(|| u64::from_str_radix(text, 16));
        number?.ok().map(Digest)
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Digest::parse(&text)
            .ok_or_else(|| D::Error::custom(format_args!("`{text}` is not 16 hexadecimal digits")))
    }
}
