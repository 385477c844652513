//! Lists whose first element stands at the start of a cache line, so that a vector of a line's length is loaded from one line.

/// Bytes of a cache line, and of the longest vector.
const LINE: usize = 64;

/// A list of numbers that starts at a multiple of 64 bytes.
pub(crate) struct Lined<T> {
    numbers: Vec<T>,
    start: usize,
    length: usize,
}

impl<T: Copy + Default> Lined<T> {
    /// The numbers.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    pub(crate) fn new(numbers: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>) -> Self {
        let numbers = numbers.into_iter();
        let mut list = Self::zeros(numbers.len());
        for (place, number) in list.iter_mut().zip(numbers) {
            *place = number;
        }
        list
    }

    /// So many zeros.
    pub(crate) fn zeros(length: usize) -> Self {
        let numbers = vec![T::default(); length + LINE / size_of::<T>() - 1];
        // Where alignment can't be told, the list starts anywhere: slower, not wrong.
        let start = numbers
            .as_ptr()
            .align_offset(LINE)
            .min(numbers.len() - length);
        Lined {
            numbers,
            start,
            length,
        }
    }
}

impl<T> std::ops::Deref for Lined<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.numbers[self.start..self.start + self.length]
    }
}

impl<T> std::ops::DerefMut for Lined<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.numbers[self.start..self.start + self.length]
    }
}
