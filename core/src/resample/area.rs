//! Area reduction by whole factors: each output pixel is the mean of a block of input pixels, rounded half up, in exact integers.
//!
//! Where blocks lie is told by a `BlockAxis` a side; at the end that doesn't divide evenly the mean is over the pixels that exist.

use std::ops::Range;

/// The largest factor: column sums of so many 8-bit rows fit 16 bits.
pub(crate) const MAX_FACTOR: usize = 256;

/// Which end of an axis has the block that may be short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShortBlock {
    First,
    Last,
}

/// How one axis is cut into blocks of `factor` pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockAxis {
    pub length: usize,
    pub factor: usize,
    pub short: ShortBlock,
}

impl BlockAxis {
    pub fn blocks(self) -> usize {
        self.length.div_ceil(self.factor)
    }

    /// The pixels of a block.
    pub fn block(self, index: usize) -> Range<usize> {
        let missing = match self.short {
            ShortBlock::First => self.blocks() * self.factor - self.length,
            ShortBlock::Last => 0,
        };
        let start = (index * self.factor).saturating_sub(missing);
        let end = ((index + 1) * self.factor - missing).min(self.length);
        start..end
    }
}

/// Rows of 8-bit pixels, handed out one at a time so that a source may convert them into a buffer of its own.
pub(crate) trait Rows {
    fn row(&mut self, y: usize) -> &[u8];
}

/// Reduces `rows` block by block into `out`, which holds `columns.blocks()` times `rows_axis.blocks()` pixels. `sums` is scratch.
pub(crate) fn reduce(
    rows: &mut impl Rows,
    columns: BlockAxis,
    rows_axis: BlockAxis,
    sums: &mut Vec<u16>,
    out: &mut [u8],
) {
    if columns.factor == 1 && rows_axis.factor == 1 {
        for (y, out) in out.chunks_exact_mut(columns.length).enumerate() {
            out.copy_from_slice(rows.row(y));
        }
        return;
    }
    sums.resize(columns.length, 0);
    for (index, out) in out.chunks_exact_mut(columns.blocks()).enumerate() {
        let block = rows_axis.block(index);
        let height = block.len();
        sums.fill(0);
        for y in block {
            for (sum, &pixel) in sums.iter_mut().zip(rows.row(y)) {
                *sum += u16::from(pixel);
            }
        }
        average_columns(sums, columns, height, out);
    }
}

/// Averages one row of blocks from its column sums.
fn average_columns(sums: &[u16], columns: BlockAxis, height: usize, out: &mut [u8]) {
    let blocks = columns.blocks();
    let whole_from = usize::from(columns.block(0).len() < columns.factor);
    let whole_to = if blocks > whole_from && columns.block(blocks - 1).len() < columns.factor {
        blocks - 1
    } else {
        blocks
    };
    for index in (0..whole_from).chain(whole_to..blocks) {
        let block = columns.block(index);
        let mean = Mean::of(block.len() * height);
        out[index] = mean.round(total(&sums[block]));
    }
    if whole_from == whole_to {
        return;
    }
    let sums = &sums[columns.block(whole_from).start..columns.block(whole_to - 1).end];
    let out = &mut out[whole_from..whole_to];
    // Constant widths let the compiler unroll and vectorise the commonest ones.
    match columns.factor {
        2 => average_blocks::<2>(sums, height, out),
        3 => average_blocks::<3>(sums, height, out),
        4 => average_blocks::<4>(sums, height, out),
        factor => {
            let mean = Mean::of(factor * height);
            for (out, block) in out.iter_mut().zip(sums.chunks_exact(factor)) {
                *out = mean.round(total(block));
            }
        }
    }
}

fn average_blocks<const FACTOR: usize>(sums: &[u16], height: usize, out: &mut [u8]) {
    let mean = Mean::of(FACTOR * height);
    let (blocks, _) = sums.as_chunks::<FACTOR>();
    for (out, block) in out.iter_mut().zip(blocks) {
        *out = mean.round(total(block));
    }
}

fn total(sums: &[u16]) -> u32 {
    sums.iter().map(|&sum| u32::from(sum)).sum()
}

/// Division of a sum of 8-bit pixels by their number, as a multiplication.
///
/// With `m = ceil(2^40 / n)` and a numerator `x < 256 n`, `x * m >> 40` is `floor(x / n)` exactly while `256 n * n <= 2^40`, thus for up to
/// 65536 pixels (Granlund and Montgomery, "Division by invariant integers using multiplication", 1994).
struct Mean {
    half: u64,
    reciprocal: u64,
}

impl Mean {
    fn of(pixels: usize) -> Self {
        let pixels = pixels as u64;
        Self {
            half: pixels / 2,
            reciprocal: (1_u64 << 40).div_ceil(pixels),
        }
    }

    fn round(&self, sum: u32) -> u8 {
        (((u64::from(sum) + self.half) * self.reciprocal) >> 40) as u8
    }
}
