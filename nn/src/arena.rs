//! Gives tensors places in one block of memory, so that two share bytes only when they are never needed at once. Greedy by size: the
//! largest tensor first, each at the lowest place that is free while it lives (Pisarchyk and Lee, "Efficient Memory Management for Deep
//! Neural Net Inference", 2020).

/// Places start at multiples of this: a cache line, and the widest vector that a kernel loads.
const ALIGNMENT: usize = 64;

/// A tensor's size, and the first and last operation that need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetime {
    pub(crate) bytes: usize,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

impl Lifetime {
    fn meets(&self, other: &Lifetime) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The offset of each tensor, and the size of the block that holds them all.
pub(crate) fn place(lifetimes: &[Lifetime]) -> (Vec<usize>, usize) {
    let mut by_size: Vec<usize> = (0..lifetimes.len()).collect();
    by_size.sort_by_key(|&index| std::cmp::Reverse(lifetimes[index].bytes));
    let mut offsets = vec![0; lifetimes.len()];
    // Tensors that have their place, by rising offset.
    let mut placed: Vec<usize> = Vec::with_capacity(lifetimes.len());
    let mut total = 0;
    for index in by_size {
        let tensor = &lifetimes[index];
        let mut offset = 0usize;
        for &other in placed
            .iter()
            .filter(|&&other| lifetimes[other].meets(tensor))
        {
            if offset.saturating_add(tensor.bytes) <= offsets[other] {
                break;
            }
            offset = offset.max(end(offsets[other], lifetimes[other].bytes));
        }
        offsets[index] = offset;
        total = total.max(end(offset, tensor.bytes));
        placed.insert(
            placed.partition_point(|&other| offsets[other] <= offset),
            index,
        );
    }
    (offsets, total)
}

fn end(offset: usize, bytes: usize) -> usize {
    offset
        .saturating_add(bytes)
        .checked_next_multiple_of(ALIGNMENT)
        .unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fixed sequence of numbers that look random (xorshift, Marsaglia 2003).
    fn numbers(mut state: u64) -> impl FnMut(usize) -> usize {
        move |below| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        }
    }

    #[test]
    fn tensors_that_live_at_once_never_share_a_byte() {
        let mut random = numbers(7);
        for _ in 0..200 {
            let lifetimes: Vec<Lifetime> = (0..1 + random(30))
                .map(|_| {
                    let first = random(20);
                    Lifetime {
                        bytes: 1 + random(500),
                        first,
                        last: first + random(6),
                    }
                })
                .collect();
            let (offsets, total) = place(&lifetimes);
            for (a, one) in lifetimes.iter().enumerate() {
                assert!(offsets[a] + one.bytes <= total && offsets[a] % ALIGNMENT == 0);
                for (b, other) in lifetimes.iter().enumerate().skip(a + 1) {
                    let apart = offsets[a] + one.bytes <= offsets[b]
                        || offsets[b] + other.bytes <= offsets[a];
                    let at_once = (0..30).any(|t| {
                        (one.first..=one.last).contains(&t)
                            && (other.first..=other.last).contains(&t)
                    });
                    assert!(
                        apart || !at_once,
                        "{one:?} at {} and {other:?} at {}",
                        offsets[a],
                        offsets[b]
                    );
                }
            }
        }
    }

    #[test]
    fn a_chain_needs_no_more_than_its_two_largest_neighbours() {
        let bytes = [640, 128, 1024, 256, 64, 512];
        let chain: Vec<Lifetime> = bytes
            .iter()
            .enumerate()
            .map(|(index, &bytes)| Lifetime {
                bytes,
                first: index,
                last: index + 1,
            })
            .collect();
        assert_eq!(place(&chain).1, 1024 + 256);
    }

    #[test]
    fn sizes_that_overflow_give_a_total_that_no_limit_allows() {
        let huge = Lifetime {
            bytes: usize::MAX,
            first: 0,
            last: 1,
        };
        assert_eq!(place(&[huge, huge]).1, usize::MAX);
    }
}
