// The one error of this library.
package dev.moue

/** Something that Moue can't do. The message says what was given, what is allowed and what to do. */
public class MoueException internal constructor(
    /** What a program can act on. */
    public val kind: Kind,
    message: String,
    cause: Throwable? = null,
) : RuntimeException(message, cause) {
    /** Kinds of errors. */
    public enum class Kind {
        /** A frame, an option or a timestamp that can't be used. Nothing has changed; the next call may do better. */
        BAD_INPUT,

        /** A model file that can't be used, or that fails on a frame. */
        BAD_MODEL,

        /** The analyzer is closed, by its owner or by an earlier internal error: open a new one. */
        CLOSED,

        /** The native code isn't there for this device, or is of another version than the Kotlin code. No call can succeed. */
        NOT_AVAILABLE,

        /** A fault of Moue's own. The object in which it happened is closed. */
        INTERNAL,
    }
}
