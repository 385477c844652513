//! What the vector kernels are made of: the instructions that a CPU's file has to name ([`Vectors`], [`Columns`]), and the inner loops,
//! written once over them. [`super::dense`] and [`super::depthwise`] lay memory out for these loops and call them through [`Set`], whose
//! functions are compiled for the CPU's instructions.
//!
//! Everything here is inlined into those functions: a loop that stood alone would be compiled for the plainest CPU.

use super::band::Band;
use crate::network::Requantization;

/// What becomes of rounded results on their way to bytes: the zero point is added, then they are held between two bytes. Since rounding
/// keeps order, holding the rounded number between rounded bounds gives what rounding the held number does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finish {
    pub(super) zero_point: i16,
    pub(super) low: u8,
    pub(super) high: u8,
    /// Whether saturation does it all: no zero point, and the bounds are a byte's own. So it is behind most activations.
    pub(super) is_plain: bool,
}

impl Finish {
    pub(super) fn new(requantization: &Requantization) -> Self {
        let (low, high) = (
            requantization.byte(requantization.low),
            requantization.byte(requantization.high),
        );
        Finish {
            zero_point: i16::from(requantization.zero_point),
            low,
            high,
            is_plain: (requantization.zero_point, low, high) == (0, 0, u8::MAX),
        }
    }
}

/// Vectors of 32-bit sums, and the instruction that adds products of small numbers to them.
///
/// # Safety
///
/// All functions may be called only on a CPU that has the implementer's instructions, and must be inlined into a function that is
/// compiled for them. Loads and stores touch exactly what their comments say.
pub(super) trait Vectors: 'static {
    /// [`Vectors::LANES`] sums.
    type Sums: Copy;
    /// [`Vectors::GROUP`] numbers or weights for each lane.
    type Packed: Copy;
    /// A byte of a tensor as the instruction wants it.
    type Number: Copy + Default + Send + Sync;
    /// A weight as the instruction wants it.
    type Weight: Copy + Default + Send + Sync + From<i8>;
    /// Sums of a vector.
    const LANES: usize;
    /// Products that the instruction adds to each sum.
    const GROUP: usize;
    /// What is taken off a byte to make it a [`Vectors::Number`]; not its zero point, which the bias accounts for.
    const OFFSET: u8;
    /// Whether a tile is handed all vectors of output channels at once, so that it can bring its numbers in order for all of them.
    const TAKES_ALL: bool = false;
    /// Sums in the registers of a vector; more than lanes where an instruction computes several pixels at once.
    const SUMS: usize = Self::LANES;

    /// Groups that a tile's loop takes at once, where addresses and counters cost enough to be shared.
    const UNROLLED: usize = 1;

    /// A byte less [`Vectors::OFFSET`].
    fn number(byte: u8) -> Self::Number;

    /// The lane that a sum belongs to: whose bias it starts from, and whose multiplier it takes.
    fn lane(sum: usize) -> usize {
        sum
    }

    /// Loads [`Vectors::SUMS`] sums.
    unsafe fn sums(from: *const i32) -> Self::Sums;

    /// Loads `LANES * GROUP` weights.
    unsafe fn weights(from: *const Self::Weight) -> Self::Packed;

    /// Loads `GROUP` numbers and gives them to every lane.
    unsafe fn broadcast(from: *const Self::Number) -> Self::Packed;

    /// Adds the products.
    unsafe fn dot(sums: Self::Sums, numbers: Self::Packed, weights: Self::Packed) -> Self::Sums;

    /// Multiplies by one multiplier a lane, rounds, finishes and stores the first `count` bytes of the `WIDE * LANES` that there are.
    /// Products are less than 2^31. `WIDE` is at most 4; `WIDE * SUMS` multipliers are loaded.
    unsafe fn store_bytes<const WIDE: usize>(
        sums: [Self::Sums; WIDE],
        multipliers: *const f32,
        finish: &Finish,
        output: *mut u8,
        count: usize,
    );

    /// Multiplies by one multiplier a lane and stores the first `count` products. Loads `SUMS` multipliers.
    unsafe fn store_reals(
        sums: Self::Sums,
        multipliers: *const f32,
        output: *mut f32,
        count: usize,
    );

    /// See [`Set::tile`]. Instruction sets that want more than one group or one pixel at a time have loops of their own.
    #[inline(always)]
    unsafe fn tile<const ROWS: usize, const WIDE: usize>(tile: &Tile<Self>)
    where
        Self: Sized,
    {
        // SAFETY: the caller's promise.
        unsafe { self::tile::<Self, ROWS, WIDE>(tile) }
    }
}

/// Neighbouring channels of a pixel and of those above and below it, laid out so that one instruction multiplies what lies under a
/// column of a 3x3 kernel.
///
/// A block of channels is computed in [`Columns::PARTS`] vectors of sums. Which channel stands in which lane ([`Columns::channel`]) is
/// what interleaving within 16 bytes leaves, and what packing sums to bytes undoes.
///
/// # Safety
///
/// As for [`Vectors`].
pub(super) trait Columns: Vectors {
    /// Three rows of a block at one column.
    type Column: Copy;
    /// The weights of one column of the kernel for a block.
    type Taps: Copy;
    /// Sums of a block.
    type Block: Copy;
    /// Vectors of sums in a block.
    const PARTS: usize;
    /// Channels of a block.
    const CHANNELS: usize = Self::PARTS * Self::LANES;
    /// Instructions that a column of the kernel takes for each part: three rows in groups of [`Vectors::GROUP`].
    const TERMS: usize = 3usize.div_ceil(Self::GROUP);

    /// The channel of a block that stands in a lane of a part.
    fn channel(part: usize, lane: usize) -> usize {
        lane / 4 * 4 * Self::PARTS + part * 4 + lane % 4
    }

    /// Loads `count` bytes from each row; `CHANNELS` of them unless `PARTIAL`.
    unsafe fn column<const PARTIAL: bool>(rows: [*const u8; 3], count: usize) -> Self::Column;

    /// A column of one number.
    unsafe fn flat_column(byte: u8) -> Self::Column;

    /// Loads `PARTS * TERMS * LANES * GROUP` weights, terms of a part side by side.
    unsafe fn taps(from: *const Self::Weight) -> Self::Taps;

    /// Loads `PARTS * LANES` sums.
    unsafe fn block(from: *const i32) -> Self::Block;

    /// Adds a column's products.
    unsafe fn accumulate(block: Self::Block, column: Self::Column, taps: Self::Taps)
    -> Self::Block;

    /// Multiplies, rounds, finishes and stores `count` bytes, `CHANNELS` of them unless `PARTIAL`. Loads `CHANNELS` multipliers.
    unsafe fn store_block<const PARTIAL: bool>(
        block: Self::Block,
        multipliers: *const f32,
        finish: &Finish,
        output: *mut u8,
        count: usize,
    );

    /// See [`Set::band`].
    #[inline(always)]
    unsafe fn band<const STRIDE: usize, const PARTIAL: bool>(band: &Band<Self::Weight>)
    where
        Self: Sized,
    {
        // SAFETY: the caller's promise.
        unsafe { super::band::band::<Self, STRIDE, PARTIAL>(band) }
    }
}

/// How much of a set's widest vectors a block of channels fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Whole,
    Half,
    Quarter,
}

/// The inner loops compiled for one set of instructions. A CPU's file makes it with [`kernel_set`].
///
/// # Safety
///
/// All functions may be called only where [`Set::is_supported`] says yes, on memory as the structures describe it.
pub(super) trait Set: Send + Sync + 'static {
    type Tile: Vectors;
    type Whole: Columns<Weight = <Self::Tile as Vectors>::Weight>;
    type Half: Columns<Weight = <Self::Tile as Vectors>::Weight>;
    type Quarter: Columns<Weight = <Self::Tile as Vectors>::Weight>;

    const NAME: &'static str;
    /// Tiles that fit in the registers: vectors side by side, and how many pixels, rising from 1. The widest first, down to one vector.
    const SHAPES: &'static [(usize, &'static [usize])];

    fn is_supported() -> bool;

    /// Computes `wide` vectors of `rows` pixels for each tile, as [`Set::SHAPES`] has them.
    unsafe fn tile(wide: usize, rows: usize, tile: &Tile<Self::Tile>);

    /// Computes one vector of real numbers for each of `rows` pixels, as [`REAL_ROWS`] has them.
    unsafe fn real_tile(rows: usize, tile: &Tile<Self::Tile>);

    /// Computes a band of a depthwise convolution. It was laid out for blocks of that width.
    unsafe fn band(width: Width, band: &Band<<Self::Tile as Vectors>::Weight>);

    /// Lists bytes as numbers.
    unsafe fn numbers(bytes: &[u8], numbers: &mut [<Self::Tile as Vectors>::Number]);

    /// As the scalar kernels do.
    unsafe fn add(addition: &crate::network::Addition, a: &[u8], b: &[u8], output: &mut [u8]);

    /// As the scalar kernels do.
    unsafe fn average_pool(pool: &super::Pool, input: &[u8], output: &mut [u8]);

    /// See [`super::KernelSet::peak`].
    unsafe fn peak(rounds: usize) -> u64;
}

/// How many pixels [`Set::real_tile`] takes.
pub(super) const REAL_ROWS: &[usize] = &[1, 4];

/// A few pixels times a few vectors of output channels, as often as there are such tiles one behind the other, and where everything
/// lies.
pub(super) struct Tile<V: Vectors + ?Sized> {
    /// Tiles of neighbouring pixels.
    pub(super) tiles: usize,
    /// How often the vectors are computed, each time the next ones: 1 unless [`Vectors::TAKES_ALL`].
    #[cfg_attr(
        not(target_arch = "aarch64"),
        expect(dead_code, reason = "no x86 set takes all")
    )]
    pub(super) times: usize,
    /// The first pixel's first number.
    pub(super) numbers: *const V::Number,
    /// Numbers from one pixel to the next.
    pub(super) row: usize,
    /// Runs of neighbouring groups that a sum is made of: the rows of a kernel.
    pub(super) runs: usize,
    /// Groups of a run.
    pub(super) groups: usize,
    /// Numbers from one run to the next.
    pub(super) step: usize,
    /// The first vector's weights: `[run][group][lane][number of the group]`.
    pub(super) weights: *const V::Weight,
    /// Weights from one vector to the next.
    pub(super) stride: usize,
    /// One a sum, for all vectors.
    pub(super) bias: *const i32,
    /// One a sum, for all vectors.
    pub(super) multipliers: *const f32,
    /// Where the first pixel's results go: bytes, or real numbers for a real tile.
    pub(super) output: *mut u8,
    /// Results from one pixel to the next.
    pub(super) pitch: usize,
    /// Results of a pixel that are stored; those of the last lanes may be left out.
    pub(super) count: usize,
    pub(super) finish: Finish,
}

/// The sums of a tile.
///
/// # Safety
///
/// As for [`Vectors`]; the tile's pointers reach as far as its fields say for `ROWS` pixels and `WIDE` vectors.
#[inline(always)]
unsafe fn sums<V: Vectors, const ROWS: usize, const WIDE: usize>(
    tile: &Tile<V>,
    numbers: *const V::Number,
) -> [[V::Sums; WIDE]; ROWS] {
    // SAFETY: the caller's promise, throughout.
    unsafe {
        let mut first = [V::sums(tile.bias); WIDE];
        for (vector, sums) in first.iter_mut().enumerate() {
            *sums = V::sums(tile.bias.add(vector * V::SUMS));
        }
        let mut sums = [first; ROWS];
        let mut run = numbers;
        let mut weights = tile.weights;
        for _ in 0..tile.runs {
            let mut numbers = run;
            let mut left = tile.groups;
            while left >= V::UNROLLED {
                for group in 0..V::UNROLLED {
                    self::group(
                        tile,
                        numbers.add(group * V::GROUP),
                        weights.add(group * V::LANES * V::GROUP),
                        &mut sums,
                    );
                }
                // These may pass the last group, and are not read there.
                numbers = numbers.wrapping_add(V::UNROLLED * V::GROUP);
                weights = weights.wrapping_add(V::UNROLLED * V::LANES * V::GROUP);
                left -= V::UNROLLED;
            }
            while V::UNROLLED > 1 && left > 0 {
                self::group(tile, numbers, weights, &mut sums);
                numbers = numbers.wrapping_add(V::GROUP);
                weights = weights.wrapping_add(V::LANES * V::GROUP);
                left -= 1;
            }
            run = run.wrapping_add(tile.step);
        }
        sums
    }
}

/// Adds a group's products.
///
/// # Safety
///
/// As for [`sums`].
#[inline(always)]
unsafe fn group<V: Vectors, const ROWS: usize, const WIDE: usize>(
    tile: &Tile<V>,
    numbers: *const V::Number,
    weights: *const V::Weight,
    sums: &mut [[V::Sums; WIDE]; ROWS],
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut packed = [V::weights(weights); WIDE];
        for (vector, packed) in packed.iter_mut().enumerate().skip(1) {
            *packed = V::weights(weights.add(vector * tile.stride));
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            let number = V::broadcast(numbers.add(row * tile.row));
            for (sums, &packed) in sums.iter_mut().zip(&packed) {
                *sums = V::dot(*sums, number, packed);
            }
        }
    }
}

/// See [`Vectors::tile`].
///
/// # Safety
///
/// As for [`Set`].
#[inline(always)]
pub(super) unsafe fn tile<V: Vectors, const ROWS: usize, const WIDE: usize>(tile: &Tile<V>) {
    // SAFETY: the caller's promise.
    unsafe {
        for index in 0..tile.tiles {
            let first = index * ROWS;
            let sums = sums::<V, ROWS, WIDE>(tile, tile.numbers.add(first * tile.row));
            for (row, sums) in sums.into_iter().enumerate() {
                V::store_bytes(
                    sums,
                    tile.multipliers,
                    &tile.finish,
                    tile.output.add((first + row) * tile.pitch),
                    tile.count,
                );
            }
        }
    }
}

/// See [`Set::real_tile`].
///
/// # Safety
///
/// As for [`Set`].
#[inline(always)]
pub(super) unsafe fn real_tile<V: Vectors, const ROWS: usize>(tile: &Tile<V>) {
    // SAFETY: the caller's promise.
    unsafe {
        for index in 0..tile.tiles {
            let first = index * ROWS;
            let sums = sums::<V, ROWS, 1>(tile, tile.numbers.add(first * tile.row));
            for (row, [sums]) in sums.into_iter().enumerate() {
                let output = tile.output.cast::<f32>().add((first + row) * tile.pitch);
                V::store_reals(sums, tile.multipliers, output, tile.count);
            }
        }
    }
}

/// The numbers and the weights that [`peak`] multiplies with each other: enough sums to hide an instruction's latency, few enough operands
/// for 16 registers.
const PEAK: usize = 3;

/// See [`super::KernelSet::peak`].
///
/// # Safety
///
/// As for [`Vectors`].
#[inline(always)]
pub(super) unsafe fn peak<V: Vectors>(rounds: usize) -> u64 {
    // As long as the longest of any set.
    let bias = [0i32; 64];
    let numbers = [V::Number::default(); 16];
    let weights = [V::Weight::default(); 256];
    assert!(V::SUMS <= 64 && V::GROUP <= 16 && V::LANES * V::GROUP <= 256);
    // SAFETY: as asserted; the rest is the caller's promise.
    unsafe {
        let mut sums = [[V::sums(bias.as_ptr()); PEAK]; PEAK];
        let mut numbers = [V::broadcast(numbers.as_ptr()); PEAK];
        for numbers in &mut numbers {
            *numbers = std::hint::black_box(*numbers);
        }
        for _ in 0..rounds {
            for vector in 0..PEAK {
                // The compiler must think that they change, or it multiplies once and for all.
                let weights = V::weights(std::hint::black_box(&weights).as_ptr());
                for (sums, &numbers) in sums.iter_mut().zip(&numbers) {
                    sums[vector] = V::dot(sums[vector], numbers, weights);
                }
            }
        }
        std::hint::black_box(sums);
    }
    (rounds * PEAK * PEAK * V::SUMS * V::GROUP) as u64
}
