//! The inner loop of depthwise 3x3 convolutions, over the instructions that [`Columns`] names: a block of channels walks along a few rows.
//! [`super::depthwise`] cuts the work into such bands.

use super::vectors::{Columns, Finish};

/// A few rows of a depthwise 3x3 convolution, a block of channels wide.
pub(super) struct Band<W> {
    /// Channels of the block.
    pub(super) count: usize,
    /// The block at the picture's first pixel.
    pub(super) input: *const u8,
    /// The block at a pixel of padding.
    pub(super) padding: *const u8,
    /// Rows of the picture.
    pub(super) height: usize,
    /// Pixels of its rows.
    pub(super) width: usize,
    /// Bytes from a pixel to the next, before and after.
    pub(super) pitch: usize,
    /// Rows of padding above the picture, 0 or 1.
    pub(super) top: usize,
    /// Columns of padding on the left, 0 or 1.
    pub(super) left: usize,
    /// 1 or 2.
    pub(super) stride: usize,
    /// What padding holds.
    pub(super) zero_point: u8,
    /// `[column][part][term][lane][number of the group]`
    pub(super) weights: *const W,
    pub(super) bias: *const i32,
    pub(super) multipliers: *const f32,
    /// The first row of results, counted from the picture's first.
    pub(super) first: usize,
    /// Rows of results.
    pub(super) rows: usize,
    /// Pixels of a row of results.
    pub(super) outputs: usize,
    /// The block at the first pixel of the first row of results.
    pub(super) output: *mut u8,
    pub(super) finish: Finish,
}

/// The three rows of a picture under one row of results: the block at each one's first pixel, and bytes from a pixel to the next, 0 in a
/// row of padding.
pub(super) struct Under {
    pub(super) rows: [*const u8; 3],
    pub(super) steps: [usize; 3],
}

impl<W> Band<W> {
    /// What lies under row `index` of the band's results.
    #[inline(always)]
    pub(super) fn under(&self, index: usize) -> Under {
        let mut under = Under {
            rows: [self.padding; 3],
            steps: [0; 3],
        };
        for (row, (start, step)) in under.rows.iter_mut().zip(&mut under.steps).enumerate() {
            let y = ((self.first + index) * self.stride + row).wrapping_sub(self.top);
            if y < self.height {
                *start = self.input.wrapping_add(y * self.width * self.pitch);
                *step = self.pitch;
            }
        }
        under
    }
}

/// See [`Columns::band`].
///
/// # Safety
///
/// As for [`Set`].
#[inline(always)]
pub(super) unsafe fn band<C: Columns, const STRIDE: usize, const PARTIAL: bool>(
    band: &Band<C::Weight>,
) {
    // SAFETY: the caller's promise, throughout.
    unsafe {
        let taps_of_column = C::PARTS * C::TERMS * C::LANES * C::GROUP;
        let taps = [
            C::taps(band.weights),
            C::taps(band.weights.add(taps_of_column)),
            C::taps(band.weights.add(2 * taps_of_column)),
        ];
        let padding = C::flat_column(band.zero_point);
        let mut output = band.output;
        for index in 0..band.rows {
            let under = band.under(index);
            // Columns of the padded input; those to the left of the picture wrap around to numbers beyond its width.
            let mut next = 0usize.wrapping_sub(band.left);
            // The sums of this result and, on a stride of 1, of the next one: a column is added to all results that it has a part in and
            // then forgotten, since sums take fewer registers than columns.
            let mut sums = [C::block(band.bias); 2];
            for known in 0..3 - STRIDE {
                let column = load::<C, PARTIAL>(band, &under, next, padding);
                next = next.wrapping_add(1);
                sums[0] = C::accumulate(sums[0], column, taps[known]);
                if known == 1 {
                    sums[1] = C::accumulate(sums[1], column, taps[0]);
                }
            }
            for _ in 0..band.outputs {
                for tap in 3 - STRIDE..3 {
                    let column = load::<C, PARTIAL>(band, &under, next, padding);
                    next = next.wrapping_add(1);
                    sums[0] = C::accumulate(sums[0], column, taps[tap]);
                    if tap == 2 {
                        C::store_block::<PARTIAL>(
                            sums[0],
                            band.multipliers,
                            &band.finish,
                            output,
                            band.count,
                        );
                        output = output.wrapping_add(band.pitch);
                        let begun = C::accumulate(C::block(band.bias), column, taps[0]);
                        sums = if STRIDE == 1 {
                            [C::accumulate(sums[1], column, taps[1]), begun]
                        } else {
                            [begun; 2]
                        };
                    }
                }
            }
        }
    }
}

/// The column of the three rows at a column of the picture, or padding outside it.
///
/// # Safety
///
/// As for [`Set::band`].
#[inline(always)]
pub(super) unsafe fn load<C: Columns, const PARTIAL: bool>(
    band: &Band<C::Weight>,
    under: &Under,
    column: usize,
    padding: C::Column,
) -> C::Column {
    if column >= band.width {
        return padding;
    }
    // SAFETY: the column lies in the picture, so that each row has the block there.
    unsafe {
        C::column::<PARTIAL>(
            [
                under.rows[0].add(column * under.steps[0]),
                under.rows[1].add(column * under.steps[1]),
                under.rows[2].add(column * under.steps[2]),
            ],
            band.count,
        )
    }
}
