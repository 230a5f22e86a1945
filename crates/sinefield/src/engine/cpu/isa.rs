//! The instruction sets of the kernels, and the dispatch to one of them.

use core::fmt;

/// An instruction set that kernels are compiled for. Results differ between sets in the last bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstructionSet {
    /// x86-64 with AVX-512 of the Ice Lake generation or later: 16 lanes, 32 registers.
    Avx512,
    /// x86-64 with AVX2 and fused multiply-add: 8 lanes, 16 registers.
    Avx2,
    /// 64-bit Arm: 4 lanes, 32 registers.
    Neon,
    /// WebAssembly with simd128: 4 lanes. A module that was built with relaxed SIMD has fused multiply-add, if the machine does.
    Wasm,
    /// Plain code, without fused multiply-add. A WebAssembly module with simd128 leaves it out, to be small.
    Scalar,
}

impl InstructionSet {
    /// The sets of this machine, the fastest first.
    pub fn available() -> Vec<InstructionSet> {
        let all = [Self::Avx512, Self::Avx2, Self::Neon, Self::Wasm, Self::Scalar];
        all.into_iter().filter(|set| set.token().is_some()).collect()
    }

    /// The fastest set of this machine.
    pub fn best() -> InstructionSet {
        Self::available()[0]
    }

    /// The name in reports: `avx512`, `avx2`, `neon`, `simd128`, `relaxed-simd`, `scalar`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Neon => "neon",
            Self::Wasm if cfg!(target_feature = "relaxed-simd") => "relaxed-simd",
            Self::Wasm => "simd128",
            Self::Scalar => "scalar",
        }
    }

    /// The proof that this machine has the set. Kernels take it as an argument.
    pub(super) fn token(self) -> Option<Token> {
        #[cfg(any(
            target_arch = "x86_64",
            target_arch = "aarch64",
            all(target_arch = "wasm32", target_feature = "simd128")
        ))]
        let level = fearless_simd::Level::new();
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => level.as_avx512().map(Token::Avx512),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => level.as_avx2().map(Token::Avx2),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => level.as_neon().map(Token::Neon),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Self::Wasm => level.as_wasm_simd128().map(Token::Wasm),
            #[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
            Self::Scalar => Some(Token::Scalar(fearless_simd::Fallback::new())),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An instruction set that the machine is known to have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    #[cfg(target_arch = "x86_64")]
    Avx512(fearless_simd::Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(fearless_simd::Avx2),
    #[cfg(target_arch = "aarch64")]
    Neon(fearless_simd::Neon),
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Wasm(fearless_simd::WasmSimd128),
    #[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
    Scalar(fearless_simd::Fallback),
}

/// Evaluates an expression generic over `S: Simd` with the instructions of a [`Token`].
macro_rules! with_simd {
    ($token:expr, $simd:ident => $body:expr) => {
        match $token {
            #[cfg(target_arch = "x86_64")]
            $crate::engine::cpu::isa::Token::Avx512($simd) => $body,
            #[cfg(target_arch = "x86_64")]
            $crate::engine::cpu::isa::Token::Avx2($simd) => $body,
            #[cfg(target_arch = "aarch64")]
            $crate::engine::cpu::isa::Token::Neon($simd) => $body,
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            $crate::engine::cpu::isa::Token::Wasm($simd) => $body,
            #[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
            $crate::engine::cpu::isa::Token::Scalar($simd) => $body,
        }
    };
}
pub(super) use with_simd;
