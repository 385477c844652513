// The way to the native library: loading it, checking that it is the right one, and turning its errors into ours. Nothing else here calls
// the generated code without going through `call`.
package dev.moue

import dev.moue.ffi.NativeException
import java.nio.Buffer
import java.nio.ByteBuffer

/** The version of this Kotlin code; the native code must be of the same. */
internal const val VERSION: String = "0.1.0"

internal object Native {
    private const val LIBRARY = "moue_ffi"

    /** Why no call can succeed, once that is known. It isn't tried again: a process that couldn't load the library once never can. */
    private val failure: MoueException? by lazy { load() }

    /**
     * Runs a call into the native library, which is loaded by the first one: up to a tenth of a second on a slow device.
     *
     * @throws MoueException for whatever goes wrong.
     */
    fun <T> call(work: () -> T): T {
        failure?.let { throw MoueException(it.kind, it.message.orEmpty(), it) }
        return raw(work)
    }

    private fun <T> raw(work: () -> T): T = try {
        work()
    } catch (error: NativeException) {
        throw translate(error)
    }

    private fun translate(error: NativeException): MoueException {
        val kind = when (error) {
            is NativeException.BadInput -> MoueException.Kind.BAD_INPUT

            is NativeException.BadModel -> MoueException.Kind.BAD_MODEL

            is NativeException.Closed -> MoueException.Kind.CLOSED

            // Only a session's own loop waits for results, so nobody else can be in its way.
            is NativeException.Busy, is NativeException.Internal -> MoueException.Kind.INTERNAL
        }
        return MoueException(kind, error.message.orEmpty(), error)
    }

    private fun load(): MoueException? = try {
        // Before JNA, which opens the library by itself but without the call by which it learns of Android's log.
        System.loadLibrary(LIBRARY)
        versionProblem(raw { dev.moue.ffi.version() })
    } catch (error: LinkageError) {
        notAvailable(missing(System.getProperty("os.arch").orEmpty()), error)
    } catch (error: MoueException) {
        error
    } catch (
        // The generated code compares itself with the library in its static part, and has nothing better to throw.
        @Suppress("TooGenericExceptionCaught") error: RuntimeException,
    ) {
        notAvailable(versionMessage("another build"), error)
    }

    /** What is wrong with a native library of version [native], if anything. */
    internal fun versionProblem(native: String): MoueException? = if (native == VERSION) null else notAvailable(versionMessage(native), null)

    /** The words for a device of architecture [architecture] for which there is no native code. */
    internal fun missing(architecture: String): String =
        "Moue's native code can't be loaded on this device ($architecture): the library has it for arm64-v8a, armeabi-v7a and x86_64; " +
            "make sure that the app's abiFilters, splits and packaging options keep lib$LIBRARY.so and libjnidispatch.so of the device's ABI"

    private fun versionMessage(native: String): String =
        "Moue's native code is of version $native, its Kotlin code of $VERSION: both must be the same; " +
            "take all of dev.moue from one release and build again from scratch"

    private fun notAvailable(message: String, cause: Throwable?) = MoueException(MoueException.Kind.NOT_AVAILABLE, message, cause)

    /** A number that the native library takes without a sign. */
    fun unsigned(what: String, value: Int): UInt = notNegative(what, value).toUInt()

    fun notNegative(what: String, value: Int): Int = atLeast(0, what, value)

    fun positive(what: String, value: Int): Int = atLeast(1, what, value)

    private fun atLeast(least: Int, what: String, value: Int): Int {
        if (value < least) {
            throw MoueException(MoueException.Kind.BAD_INPUT, "$what is $value: it must be at least $least; pass the camera's or picture's own")
        }
        return value
    }

    /** Fails for a picture of a size that the native library doesn't take: to be asked before its pixels are copied. */
    fun checkSize(width: Int, height: Int) {
        call { dev.moue.ffi.checkFrameSize(unsigned("the picture's width", width), unsigned("the picture's height", height)) }
    }

    /** A buffer that the native library can read in place: this one, or a copy of one that lies in the Java heap. */
    fun direct(buffer: ByteBuffer): ByteBuffer {
        if (buffer.isDirect) return buffer
        val source = buffer.duplicate()
        return ByteBuffer.allocateDirect(source.remaining()).put(source).also(::rewind)
    }

    /** As a plain [Buffer]: before Android 9 (API 28) a `ByteBuffer` has no `rewind` of its own, and calling that would end the app. */
    fun rewind(buffer: Buffer) {
        buffer.rewind()
    }
}
