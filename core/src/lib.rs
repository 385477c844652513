//! Frames in, faces with expressions out.
