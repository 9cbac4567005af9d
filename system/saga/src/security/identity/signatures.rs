//! The signatures of tokens, checked by ring: RS256 and EdDSA, and nothing else.
//!
//! `jsonwebtoken` reads tokens and leaves the cryptography to a provider. This one has ring, which rustls has anyway. So no second
//! implementation of RSA comes into the process.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
};
use ring::signature::{
    ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use signature::Verifier;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| -> Result<Box<dyn JwtSigner>, Error> {
        Err(ErrorKind::UnsupportedAlgorithm.into())
    },
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes `jsonwebtoken` use ring in this process.
pub(super) fn install() {
    // Fails if it is installed already: by an earlier call.
    let _ = PROVIDER.install_default();
}

/// A key and an algorithm that fit each other. An RSA key never checks an HMAC.
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    let checked = match (algorithm, key.family(), key.kind()) {
        (Algorithm::RS256, AlgorithmFamily::Rsa, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            Checked::Rs256 {
                n: n.clone(),
                e: e.clone(),
            }
        }
        (Algorithm::EdDSA, AlgorithmFamily::Ed, DecodingKeyKind::SecretOrDer(x)) => {
            Checked::EdDsa { x: x.clone() }
        }
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    Ok(Box::new(checked))
}

enum Checked {
    Rs256 { n: Vec<u8>, e: Vec<u8> },
    EdDsa { x: Vec<u8> },
}

impl Verifier<Vec<u8>> for Checked {
    fn verify(&self, message: &[u8], given: &Vec<u8>) -> Result<(), signature::Error> {
        let verified = match self {
            // A key with less than 2,048 bits is refused.
            Self::Rs256 { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, given)
            }
            Self::EdDsa { x } => UnparsedPublicKey::new(&ED25519, x).verify(message, given),
        };
        verified.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Checked {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rs256 { .. } => Algorithm::RS256,
            Self::EdDsa { .. } => Algorithm::EdDSA,
        }
    }
}
