//! How a crop's luma bytes become a network's input: its size, channels, layout and scaling, fitted to the shape that the file declares.
//!
//! What may be said of them is in `description`; running the network is the backends' work.

use crate::description::{Described, InputChannels, InputSide, Layout, ModelDescription, Scaling};
use crate::error::Error;
use crate::geometry::Size;
use crate::network::Kind;

/// How a network is fed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Feed {
    /// `None` for a network that takes any size.
    pub size: Option<Size>,
    pub channels: InputChannels,
    pub layout: Layout,
    pub scaling: Scaling,
}

impl Feed {
    /// The model format's own: one channel, luma divided by 255. `None` for a shape that isn't `[1, 1, H, W]`.
    #[cfg(feature = "tract")]
    pub fn standard(shape: &[Option<u32>]) -> Option<Self> {
        let size = match *shape {
            [None | Some(1), Some(1), Some(height), Some(width)] => Some(Size::new(width, height)),
            [None | Some(1), Some(1), None, None] => None,
            _ => return None,
        };
        Some(Self {
            size,
            channels: InputChannels::One,
            layout: Layout::ChannelsFirst,
            scaling: Scaling::UNIT,
        })
    }

    /// Fits what is said of an expression network to the shape that its file declares, where `None` is an open dimension.
    ///
    /// # Errors
    ///
    /// [`Error::Undescribed`] for what neither says, [`Error::Misdescribed`] where they contradict each other, [`Error::ModelShape`] for a
    /// shape that can't be fed, [`Error::InvalidMetadata`].
    pub fn described<'a>(
        description: &ModelDescription,
        shape: &[Option<u32>],
        metadata: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, Error> {
        let said = Said {
            metadata: &metadata,
        };
        let [batch, dims @ ..] = shape else {
            return Err(unusable(shape));
        };
        let &[first, second, third] = dims else {
            return Err(unusable(shape));
        };
        if batch.is_some_and(|batch| batch != 1) {
            return Err(unusable(shape));
        }
        let channels = said.or_metadata(description.channels)?;
        let layout = match said.or_metadata(description.layout)? {
            Some(layout) => layout,
            None => match (is_channels(first), is_channels(third)) {
                (true, false) => Layout::ChannelsFirst,
                (false, true) => Layout::ChannelsLast,
                _ if first.is_some() && third.is_some() && first != third => {
                    return Err(unusable(shape));
                }
                _ => return Err(undescribed::<Layout>(shape)),
            },
        };
        let (declared, height, width) = match layout {
            Layout::ChannelsFirst => (first, second, third),
            Layout::ChannelsLast => (third, first, second),
        };
        let channels = match (declared, channels) {
            (Some(1), None | Some(InputChannels::One)) => InputChannels::One,
            (Some(3), None | Some(InputChannels::Three)) => InputChannels::Three,
            (None, Some(channels)) => channels,
            (None, None) => return Err(undescribed::<InputChannels>(shape)),
            (Some(_), None) => return Err(unusable(shape)),
            (Some(_), Some(said)) => {
                return Err(misdescribed::<InputChannels>(said.count(), shape));
            }
        };
        let side = match (height, width, said.or_metadata(description.input)?) {
            (None, None, None) => return Err(undescribed::<InputSide>(shape)),
            (None, None, Some(side)) => side.pixels(),
            (Some(height), Some(width), side) => {
                if height != width || !InputSide::RANGE.contains(&height) {
                    return Err(unusable(shape));
                }
                if let Some(side) = side.filter(|side| side.pixels() != height) {
                    return Err(misdescribed::<InputSide>(side.pixels(), shape));
                }
                height
            }
            _ => return Err(unusable(shape)),
        };
        let scaling = match said.or_metadata(description.scaling)? {
            Some(scaling) => scaling,
            // A file of the model format keeps to the format's scaling.
            None if metadata("moue.kind").is_some() => Scaling::UNIT,
            None => return Err(undescribed::<Scaling>(shape)),
        };
        Ok(Self {
            size: Some(Size::new(side, side)),
            channels,
            layout,
            scaling,
        })
    }

    /// The input's four dimensions for a picture of `size`.
    #[cfg(any(test, feature = "tract"))]
    pub fn shape(&self, size: Size) -> [usize; 4] {
        let (height, width) = (size.height as usize, size.width as usize);
        match self.layout {
            Layout::ChannelsFirst => [1, self.channels.count(), height, width],
            Layout::ChannelsLast => [1, height, width, self.channels.count()],
        }
    }

    /// The input's numbers in the order of [`Self::shape`].
    #[cfg(any(test, feature = "tract"))]
    pub fn values(&self, luma: &[u8]) -> Vec<f32> {
        let channels = 0..self.channels.count();
        let value = |byte: u8, channel| self.scaling.apply(byte, channel);
        match self.layout {
            Layout::ChannelsFirst => channels
                .flat_map(|channel| luma.iter().map(move |&byte| value(byte, channel)))
                .collect(),
            Layout::ChannelsLast => luma
                .iter()
                .flat_map(|&byte| channels.clone().map(move |channel| value(byte, channel)))
                .collect(),
        }
    }
}

/// Looks metadata up where a description says nothing.
pub(crate) struct Said<M> {
    pub metadata: M,
}

impl<'a, M: Fn(&str) -> Option<&'a str>> Said<M> {
    /// The description's value, else that of the metadata `moue.` and the value's name.
    pub fn or_metadata<T: Described>(&self, said: Option<T>) -> Result<Option<T>, Error> {
        if said.is_some() {
            return Ok(said);
        }
        let key = format!("moue.{}", T::NAME);
        let Some(text) = (self.metadata)(&key) else {
            return Ok(None);
        };
        let value = T::parse(text).ok_or_else(|| Error::InvalidMetadata {
            model: Kind::Expression.name(),
            key,
            value: text.to_owned(),
            allowed: T::ALLOWED.to_owned(),
        })?;
        Ok(Some(value))
    }
}

/// Whether a dimension can be that of the channels: 1, 3 or open.
fn is_channels(dim: Option<u32>) -> bool {
    matches!(dim, None | Some(1 | 3))
}

/// The dimensions as people write them: `[1, 3, ?, ?]`.
pub(crate) fn shape_text(shape: &[Option<u32>]) -> String {
    let dims: Vec<String> = shape
        .iter()
        .map(|dim| dim.map_or("?".to_owned(), |dim| dim.to_string()))
        .collect();
    format!("[{}]", dims.join(", "))
}

fn unusable(shape: &[Option<u32>]) -> Error {
    Error::ModelShape {
        model: Kind::Expression.name(),
        tensor: "input".to_owned(),
        given: shape_text(shape),
        expected: "one square picture of 1 or 3 channels, [1, C, H, W] or [1, H, W, C], a square of 16 to 512 pixels,".to_owned(),
    }
}

fn undescribed<T: Described>(shape: &[Option<u32>]) -> Error {
    Error::Undescribed {
        what: T::NAME,
        found: format!("its input has shape {}", shape_text(shape)),
        allowed: T::ALLOWED.to_owned(),
    }
}

fn misdescribed<T: Described>(given: impl ToString, shape: &[Option<u32>]) -> Error {
    Error::Misdescribed {
        what: T::NAME,
        given: given.to_string(),
        found: format!("its input has shape {}", shape_text(shape)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(description: &ModelDescription, shape: [i64; 4]) -> Result<Feed, Error> {
        let shape = shape.map(|dim| u32::try_from(dim).ok());
        Feed::described(description, &shape, |_| None)
    }

    fn described() -> ModelDescription {
        ModelDescription::default().scaling(Scaling::UNIT)
    }

    #[test]
    fn layout_and_channels_are_read_off_the_shape() {
        for (shape, channels, layout, side) in [
            (
                [-1, 1, 48, 48],
                InputChannels::One,
                Layout::ChannelsFirst,
                48,
            ),
            (
                [1, 3, 224, 224],
                InputChannels::Three,
                Layout::ChannelsFirst,
                224,
            ),
            ([1, 64, 64, 1], InputChannels::One, Layout::ChannelsLast, 64),
            (
                [-1, 96, 96, 3],
                InputChannels::Three,
                Layout::ChannelsLast,
                96,
            ),
        ] {
            let feed = feed(&described(), shape).unwrap();
            assert_eq!(feed.size, Some(Size::new(side, side)), "{shape:?}");
            assert_eq!(
                (feed.channels, feed.layout),
                (channels, layout),
                "{shape:?}"
            );
        }
    }

    #[test]
    fn what_a_shape_leaves_open_must_be_said() {
        let mut description = described();
        for (what, say) in [("layout", "nchw"), ("channels", "3"), ("input", "64x64")] {
            let message = feed(&description, [-1; 4]).unwrap_err().to_string();
            assert!(
                message.contains(&format!(
                    "say its {what} in a description, or as metadata \"moue.{what}\""
                )),
                "{message}"
            );
            description = match what {
                "layout" => description.layout(say.parse().unwrap()),
                "channels" => description.channels(say.parse().unwrap()),
                _ => description.input(say.parse().unwrap()),
            };
        }
        let feed = feed(&description, [-1; 4]).unwrap();
        assert_eq!(feed.shape(Size::new(64, 64)), [1, 3, 64, 64]);
        let message = Feed::described(
            &ModelDescription::default(),
            &[Some(1), Some(1), Some(48), Some(48)],
            |_| None,
        )
        .unwrap_err()
        .to_string();
        assert!(
            message.contains("say its scaling in a description"),
            "{message}"
        );
    }

    #[test]
    fn a_description_that_contradicts_the_shape_is_refused() {
        for (description, words) in [
            (described().input("64".parse().unwrap()), "input is 64"),
            (described().channels(InputChannels::One), "channels is 1"),
        ] {
            let message = feed(&description, [1, 3, 48, 48]).unwrap_err().to_string();
            assert!(
                message.contains(words) && message.contains("[1, 3, 48, 48]"),
                "{message}"
            );
        }
        let description = described().layout(Layout::ChannelsLast);
        assert!(feed(&description, [1, 1, 48, 48]).is_err());
    }

    #[test]
    fn shapes_that_are_no_square_picture_are_refused() {
        for shape in [
            [1, 1, 48, 40],
            [1, 2, 48, 48],
            [4, 1, 48, 48],
            [1, 1, 8, 8],
            [1, 1, 1024, 1024],
            [1, 48, -1, 3],
        ] {
            let message = feed(&described(), shape).unwrap_err().to_string();
            assert!(
                message.contains("a square of 16 to 512 pixels"),
                "{message}"
            );
        }
    }

    #[test]
    fn metadata_says_what_the_description_leaves_out() {
        let metadata = |key: &str| match key {
            "moue.input" => Some("96x96"),
            "moue.scaling" => Some("-1..1"),
            "moue.layout" => Some("nhwc"),
            "moue.channels" => Some("3"),
            _ => None,
        };
        let open = [None; 4];
        let feed = Feed::described(&ModelDescription::default(), &open, metadata).unwrap();
        assert_eq!(feed.shape(Size::new(96, 96)), [1, 96, 96, 3]);
        assert_eq!(feed.scaling, Scaling::Range(-1.0, 1.0));
        let said = ModelDescription::default().scaling(Scaling::UNIT);
        let feed = Feed::described(&said, &open, metadata).unwrap();
        assert_eq!(feed.scaling, Scaling::UNIT);
        let wrong = |key: &str| (key == "moue.scaling").then_some("some");
        let message = Feed::described(
            &ModelDescription::default(),
            &[Some(1), Some(1), Some(48), Some(48)],
            wrong,
        )
        .unwrap_err()
        .to_string();
        assert!(message.contains("moue.scaling"), "{message}");
    }

    #[test]
    fn each_layout_gets_its_numbers_in_its_order() {
        let scaling = Scaling::Standardized {
            mean: [0.0; 3],
            deviation: [1.0, 0.5, 0.25],
        };
        let mut feed = Feed {
            size: None,
            channels: InputChannels::Three,
            layout: Layout::ChannelsFirst,
            scaling,
        };
        assert_eq!(feed.values(&[0, 255]), [0.0, 1.0, 0.0, 2.0, 0.0, 4.0]);
        feed.layout = Layout::ChannelsLast;
        assert_eq!(feed.values(&[0, 255]), [0.0, 0.0, 0.0, 1.0, 2.0, 4.0]);
    }
}
