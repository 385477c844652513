package dev.moue.ffi

import java.nio.ByteBuffer

/**
 * The fast path for camera frames: [LiveSession.submit] through JNI, without JNA's cost on the camera's thread.
 *
 * The library must have been loaded with `System.loadLibrary("moue_ffi")`. Not generated; `bindings/src/native_submit.rs` is its other half,
 * and tells how to do without both.
 */
public object NativeSubmit {
    /**
     * Copies a reduced picture out of the frame and returns; the buffer isn't needed any more then.
     *
     * @param session the number from [LiveSession.submitHandle]; that of a session that is gone throws [NativeException.Closed].
     * @param pixels a direct buffer, such as a plane of a camera image, read from its position to its limit. Nobody may write to it or close
     *   its `Image` before this returns. A buffer of the Java heap throws [NativeException.BadInput].
     * @param timestampNs the camera's own, in nanoseconds, rising from frame to frame.
     */
    @Throws(NativeException::class)
    @JvmStatic
    public fun submit(
        session: Long,
        pixels: ByteBuffer,
        format: PixelFormat,
        width: Int,
        height: Int,
        rowStride: Int = 0,
        pixelStride: Int = 0,
        rotationDegrees: Int = 0,
        mirrored: Boolean = false,
        lumaRange: LumaRange? = null,
        cropX: Int = 0,
        cropY: Int = 0,
        cropWidth: Int = 0,
        cropHeight: Int = 0,
        timestampNs: Long,
    ): Submitted =
        Submitted.entries[
            submit0(
                session,
                pixels,
                pixels.position(),
                pixels.remaining(),
                format.ordinal,
                width,
                height,
                rowStride,
                pixelStride,
                rotationDegrees,
                mirrored,
                lumaRange?.ordinal ?: -1,
                cropX,
                cropY,
                cropWidth,
                cropHeight,
                timestampNs,
            ),
        ]

    @JvmStatic
    private external fun submit0(
        session: Long,
        pixels: ByteBuffer,
        position: Int,
        length: Int,
        format: Int,
        width: Int,
        height: Int,
        rowStride: Int,
        pixelStride: Int,
        rotationDegrees: Int,
        mirrored: Boolean,
        lumaRange: Int,
        cropX: Int,
        cropY: Int,
        cropWidth: Int,
        cropHeight: Int,
        timestampNs: Long,
    ): Int
}
