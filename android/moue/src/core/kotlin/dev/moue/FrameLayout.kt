// How a frame lies in its buffer. What is wrong with a layout is said by the native library, when it is used.
package dev.moue

/** How the bytes of a pixel are to be read. */
public enum class PixelFormat {
    /** One byte of luma: a grey picture, or the Y plane of any 8-bit YUV. */
    LUMA,

    /** The Y plane of P010: 16-bit little-endian samples with ten bits at the top. */
    P010,

    /** Red, green, blue. */
    RGB,

    /** Red, green, blue, alpha: the bytes of an `ARGB_8888` bitmap. Alpha is ignored. */
    RGBA,

    /** Blue, green, red, alpha. Alpha is ignored. */
    BGRA,
}

/** Which bytes of a luma plane stand for black and white. */
public enum class LumaRange {
    /** 0 is black, 255 white: Android's `YUV_420_888`. */
    FULL,

    /** 16 is black, 235 white, as in most videos. */
    VIDEO,
}

/** A part of a buffer, in its pixels as they lie in memory, before any turn: Android's `cropRect`. */
public data class Crop(
    /** Left edge. */
    public val x: Int,
    /** Top edge. */
    public val y: Int,
    /** Pixels from left to right, at least 1. */
    public val width: Int,
    /** Pixels from top to bottom, at least 1. */
    public val height: Int,
)

/** How a frame lies in its buffer. It is read in this order: the crop is cut out, the rest is turned, then mirrored back. */
public data class FrameLayout(
    /** Pixels of a row as it lies in memory. */
    public val width: Int,
    /** Number of rows. */
    public val height: Int,
    /** How the bytes of a pixel are to be read. */
    public val format: PixelFormat = PixelFormat.LUMA,
    /** Bytes from one row to the next; null: rows have no padding. The last row may end after its last pixel. */
    public val rowStride: Int? = null,
    /** Bytes from one pixel to the next; null: as many as the format has. */
    public val pixelStride: Int? = null,
    /** Degrees by which the buffer must be turned clockwise to stand upright: 0, 90, 180 or 270. CameraX's `rotationDegrees`. */
    public val rotationDegrees: Int = 0,
    /** Whether the buffer, once upright, shows the scene as a mirror does. Front cameras' buffers usually don't, only their previews. */
    public val mirrored: Boolean = false,
    /** Which luma values stand for black and white; null: the format's own, video for P010 and full for the rest. */
    public val lumaRange: LumaRange? = null,
    /** The only part that is looked at; null: all of it. Results keep the coordinates of the whole frame. */
    public val crop: Crop? = null,
)

/** What an EXIF orientation says of a picture, in the words of [FrameLayout]. */
public data class Orientation(
    /** Degrees by which the picture must be turned clockwise: 0, 90, 180 or 270. */
    public val rotationDegrees: Int,
    /** Whether it is then still mirrored. */
    public val mirrored: Boolean,
) {
    /** Where orientations come from. */
    public companion object {
        /**
         * The turn behind an EXIF orientation, 1 to 8, as `ExifInterface.TAG_ORIENTATION` gives it.
         *
         * @throws MoueException of kind [MoueException.Kind.BAD_INPUT] for any other number; Android's 0, "undefined", is one: pass 1 then.
         */
        @JvmStatic
        public fun fromExif(value: Int): Orientation {
            val native = Native.call { dev.moue.ffi.exifOrientation(Native.unsigned("the EXIF orientation", value)) }
            return Orientation(native.rotationDegrees.toInt(), native.mirrored)
        }
    }
}
