//! Heights and widths: follows a picture's size through a network and says what doesn't fit. Memory is left to [`crate::plan`].

use crate::error::quote;
use crate::kernels::Pool;
use crate::limits::check;
use crate::network::{ConvolutionShape, INPUT, Kind, Network, Target};
use crate::{Error, InputSize, Limits};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) height: usize,
    pub(crate) width: usize,
}

/// The sizes of all tensors and outputs of a network for one size of picture.
pub(crate) struct Sizes {
    pub(crate) tensors: Vec<Size>,
    pub(crate) outputs: Vec<Size>,
}

impl Size {
    pub(crate) fn pixels(self) -> usize {
        self.height * self.width
    }
}

impl Sizes {
    /// Follows a picture's size through the network.
    pub(crate) fn of<C>(
        network: &Network<C>,
        limits: &Limits,
        height: usize,
        width: usize,
    ) -> Result<Self, Error> {
        let refused = |problem: String| Error::Size {
            height,
            width,
            problem,
        };
        if let InputSize::Fixed {
            height: rows,
            width: columns,
        } = network.input
            && (rows, columns) != (height, width)
        {
            return Err(refused(format!(
                "the model takes {rows} rows and {columns} columns only"
            )));
        }
        if height == 0 || width == 0 {
            return Err(refused("both must be 1 or more".to_owned()));
        }
        let fits = |size: Size, channels: usize| {
            let elements = size
                .height
                .checked_mul(size.width)
                .and_then(|pixels| pixels.checked_mul(channels));
            check(
                "elements in one tensor",
                elements.unwrap_or(usize::MAX),
                limits.tensor_elements,
            )
        };
        let nothing = Size {
            height: 0,
            width: 0,
        };
        let mut sizes = Sizes {
            tensors: vec![nothing; network.tensors.len()],
            outputs: vec![nothing; network.outputs.len()],
        };
        sizes.tensors[INPUT] = Size { height, width };
        fits(sizes.tensors[INPUT], 1)?;
        for operation in &network.operations {
            let node = quote(&operation.node);
            match operation.kind {
                Kind::Convolution {
                    input,
                    target,
                    ref shape,
                    ..
                } => {
                    let from = sizes.tensors[input];
                    let to = shape.size(from).ok_or_else(|| {
                        let (rows, columns) = (from.height, from.width);
                        refused(format!("node {node} (Conv) would see {rows} rows and {columns} columns, less than its kernel; use a larger picture"))
                    })?;
                    fits(to, shape.outputs)?;
                    match target {
                        Target::Tensor(output) => sizes.tensors[output] = to,
                        Target::Output(index) => {
                            let output = &network.outputs[index];
                            output.check(to).map_err(refused)?;
                            sizes.outputs[index] = to;
                        }
                    }
                }
                Kind::Add {
                    inputs: [a, b],
                    output,
                    ..
                } => {
                    let (one, other) = (sizes.tensors[a], sizes.tensors[b]);
                    if one != other {
                        return Err(refused(format!(
                            "node {node} (Add) would add {}x{} and {}x{} pixels; use a size that its strides divide",
                            one.height, one.width, other.height, other.width
                        )));
                    }
                    sizes.tensors[output] = one;
                }
                Kind::AveragePool { input, output } => {
                    let pixels = sizes.tensors[input].pixels();
                    let pool = Pool::new(
                        network.tensors[input].quantization,
                        network.tensors[output].quantization,
                        pixels,
                    );
                    if !pool.is_exact(pixels) {
                        return Err(refused(format!(
                            "node {node} (GlobalAveragePool) can't average {pixels} pixels exactly; use a smaller picture"
                        )));
                    }
                    sizes.tensors[output] = Size {
                        height: 1,
                        width: 1,
                    };
                }
            }
        }
        Ok(sizes)
    }
}

impl ConvolutionShape {
    /// The size of the result over a picture of size `from`; `None` where the kernel doesn't fit in.
    fn size(&self, from: Size) -> Option<Size> {
        let along = |length: usize, pads: usize| {
            Some((length + pads).checked_sub(self.kernel)? / self.stride + 1)
        };
        Some(Size {
            height: along(from.height, self.pads.top + self.pads.bottom)?,
            width: along(from.width, self.pads.left + self.pads.right)?,
        })
    }
}

impl crate::network::Output {
    /// Fails when the file promises another size for this output.
    fn check(&self, size: Size) -> Result<(), String> {
        let name = quote(&self.info.name);
        let Size { height, width } = size;
        if self.is_flat && size.pixels() != 1 {
            return Err(format!(
                "output {name} is flattened, but its Conv would see {height}x{width} pixels instead of 1"
            ));
        }
        let (rows, columns) = self.declared;
        if rows.is_some_and(|rows| rows != height)
            || columns.is_some_and(|columns| columns != width)
        {
            let show = |size: Option<usize>| size.map_or("any".to_owned(), |size| size.to_string());
            return Err(format!(
                "output {name} would be {height}x{width}, but is declared as {}x{}",
                show(rows),
                show(columns)
            ));
        }
        Ok(())
    }
}
