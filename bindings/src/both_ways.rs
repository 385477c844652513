//! Enums that the core and this crate both have, turned into each other.

/// Both ways between two enums of the same variants.
macro_rules! both_ways {
    ($core:path, $here:ident, $($variant:ident),+) => {
        impl From<$here> for $core {
            fn from(value: $here) -> Self {
                match value {
                    $($here::$variant => Self::$variant,)+
                }
            }
        }

        impl From<$core> for $here {
            fn from(value: $core) -> Self {
                // Whether the list is whole can't be told to the compiler: the core's enums may grow. A panic is caught above.
                #[allow(unreachable_patterns)]
                match value {
                    $(<$core>::$variant => Self::$variant,)+
                    other => unreachable!("the bindings don't know {other:?}"),
                }
            }
        }
    };
}

pub(crate) use both_ways;
