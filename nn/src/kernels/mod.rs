//! Kernels: the code that computes, one file for each kind of CPU, all of them the same to the last bit. This file says what a kernel
//! file has to offer and which one runs here; [`scalar`] is the reference that the others are held against.

#[cfg(target_arch = "x86_64")]
mod avx512_vnni;
#[cfg(target_arch = "x86_64")]
mod avx_vnni;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod band;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod dense;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod depthwise;
pub(crate) mod lined;
#[cfg(target_arch = "x86_64")]
mod madd;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "aarch64")]
mod neon_bytes;
#[cfg(target_arch = "aarch64")]
mod neon_dotprod;
#[cfg(target_arch = "aarch64")]
mod neon_i8mm;
#[cfg(target_arch = "aarch64")]
mod neon_pairs;
#[cfg(target_arch = "aarch64")]
mod neon_sixteen;
mod scalar;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod set;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod vectors;

use crate::network::{Addition, Convolution, Quantization, Requantization};
use crate::sizes::Size;

/// The kernels for one kind of CPU. All sets give the same numbers to the last bit; they differ in speed.
#[derive(Clone, Copy)]
pub struct KernelSet(&'static dyn Kernels);

impl KernelSet {
    /// All sets that this build has, the fastest first, also those that this CPU can't run. The last one runs anywhere.
    pub fn all() -> impl Iterator<Item = KernelSet> {
        TABLE.iter().copied().map(KernelSet)
    }

    /// The fastest set that this CPU can run: what [`Model::from_bytes`](crate::Model::from_bytes) takes.
    pub fn best() -> KernelSet {
        Self::all()
            .find(KernelSet::is_supported)
            .expect("the last set runs anywhere")
    }

    /// Its name, after the instruction set.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Whether this CPU can run it.
    pub fn is_supported(&self) -> bool {
        self.0.is_supported()
    }

    /// Runs the set's multiply-add instruction on registers alone for `rounds` rounds and returns how many products were added up.
    /// Timing it gives the peak that a CPU can reach with this set, which no real network does. Zero where the set has no such loop or
    /// this CPU can't run it.
    pub fn peak(&self, rounds: usize) -> u64 {
        if self.is_supported() {
            self.0.peak(rounds)
        } else {
            0
        }
    }

    pub(crate) fn kernels(self) -> &'static dyn Kernels {
        self.0
    }
}

impl std::fmt::Debug for KernelSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KernelSet").field(&self.name()).finish()
    }
}

/// What one kind of CPU offers. Everything but `name` and `is_supported` may be called only where `is_supported` says yes.
pub(crate) trait Kernels: Send + Sync {
    /// The name of the instruction set.
    fn name(&self) -> &'static str;

    /// Whether this CPU can run them.
    fn is_supported(&self) -> bool;

    /// Lays a convolution's weights out as these kernels want them, and settles which kernel computes it. Done once, at load.
    fn pack(&self, convolution: &Convolution<'_>) -> Box<dyn PackedConvolution>;

    /// Adds two tensors of equal size number by number.
    fn add(&self, addition: &Addition, a: &[u8], b: &[u8], output: &mut [u8]);

    /// Averages all pixels of a tensor. `output` has one number a channel.
    fn average_pool(&self, pool: &Pool, input: &[u8], output: &mut [u8]);

    /// See [`KernelSet::peak`].
    fn peak(&self, _rounds: usize) -> u64 {
        0
    }
}

/// A convolution laid out for one kind of CPU.
pub(crate) trait PackedConvolution: Send + Sync {
    /// How many numbers of scratch [`PackedConvolution::run`] needs.
    fn scratch(&self, geometry: &Geometry) -> usize;

    /// Computes the whole result. `input` and the destination are rows of pixels of channels; `scratch` has at least the length asked
    /// for, and holds anything.
    fn run(
        &self,
        geometry: &Geometry,
        input: &[u8],
        destination: Destination<'_>,
        scratch: &mut [i16],
    );
}

/// Where a convolution's result goes. Which of the two was settled when it was packed.
pub(crate) enum Destination<'a> {
    /// Requantised numbers.
    Bytes(&'a mut [u8]),
    /// Real numbers.
    Reals(&'a mut [f32]),
}

/// Heights and widths before and after an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) input: Size,
    pub(crate) output: Size,
}

impl Geometry {
    pub(crate) fn new(input: Size, output: Size) -> Self {
        Geometry { input, output }
    }
}

/// An average over all pixels of a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pool {
    /// The input's.
    pub(crate) zero_point: u8,
    /// From a sum in units of the input's scale to a mean in units of the output's.
    pub(crate) factor: f32,
    pub(crate) requantization: Requantization,
}

impl Pool {
    /// The average over `pixels` pixels.
    pub(crate) fn new(input: Quantization, output: Quantization, pixels: usize) -> Self {
        Pool {
            zero_point: input.zero_point,
            factor: input.scale / (output.scale * pixels as f32),
            requantization: Requantization::full_range(output.zero_point),
        }
    }

    /// Whether sums over so many pixels fit in 32 bits and the factor is a sound number.
    pub(crate) fn is_exact(&self, pixels: usize) -> bool {
        pixels <= i32::MAX as usize / 255 && self.factor.is_normal()
    }
}

/// All kernels, the fastest first. The last one runs anywhere.
static TABLE: &[&dyn Kernels] = &[
    #[cfg(target_arch = "x86_64")]
    &set::VectorKernels::<avx512_vnni::Avx512Vnni>::new(),
    #[cfg(target_arch = "x86_64")]
    &set::VectorKernels::<avx_vnni::Avx512Vnni256>::new(),
    #[cfg(target_arch = "x86_64")]
    &set::VectorKernels::<avx_vnni::AvxVnni>::new(),
    #[cfg(target_arch = "x86_64")]
    &set::VectorKernels::<madd::Avx2>::new(),
    #[cfg(target_arch = "x86_64")]
    &set::VectorKernels::<madd::Sse41>::new(),
    #[cfg(target_arch = "aarch64")]
    &set::VectorKernels::<neon_i8mm::NeonI8mm>::new(),
    #[cfg(target_arch = "aarch64")]
    &set::VectorKernels::<neon_dotprod::NeonDotprod>::new(),
    #[cfg(target_arch = "aarch64")]
    &set::VectorKernels::<neon::Neon>::new(),
    &scalar::Scalar,
];

/// Adding this number to one between -2^22 and 2^22 and taking it away again rounds half to even: at 1.5 * 2^23 the spacing of `f32` is
/// exactly 1, so the addition itself, rounded to nearest even as IEEE 754 wants, leaves no fraction. It costs two additions that vectorise;
/// `f32::round_ties_even` is a call into the C library on CPUs without a rounding instruction.
const ROUNDER: f32 = 12_582_912.0;

impl Requantization {
    /// A multiplied accumulator as a byte.
    #[inline(always)]
    pub(crate) fn byte(&self, value: f32) -> u8 {
        // Comparisons that become one instruction each; `value` is never NaN.
        let value = if value > self.low { value } else { self.low };
        let value = if value < self.high { value } else { self.high };
        // The integer stands in the low bits of the sum, so no conversion is needed either.
        let rounded = (value + ROUNDER).to_bits().wrapping_sub(ROUNDER.to_bits());
        rounded.wrapping_add(u32::from(self.zero_point)) as u8
    }
}
