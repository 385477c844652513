// The thread of a session: asks the native session for results and hands them on. It never holds the MoueSession, so that one that was
// forgotten can be collected and ended by Abandoned.
package dev.moue

import dev.moue.ffi.NativeSubmit
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.transformWhile
import java.nio.ByteBuffer
import java.util.concurrent.CopyOnWriteArrayList
import dev.moue.ffi.LiveSession as NativeSession
import dev.moue.ffi.Next as NativeNext

/** How long one wait for a frame lasts, in milliseconds: any time will do, since closing ends a wait. */
private const val WAIT_MS = 60_000u

internal class AnalysisLoop(val native: NativeSession) {
    private sealed interface State {
        data object Begun : State

        class Result(val frame: FrameResult) : State

        class Ended(val failure: MoueException?) : State
    }

    /** By which the fast path finds the native session. */
    private val handle = native.submitHandle()

    private val state = MutableStateFlow<State>(State.Begun)
    private val whenEnded = CopyOnWriteArrayList<() -> Unit>()

    /** Whether the end was asked for. */
    @Volatile private var ending = false

    /** Whether no result will come any more. */
    val isEnded: Boolean get() = state.value is State.Ended

    /** The newest result and those that follow, until the end. A collector that is slow misses results, never the end. */
    val results: Flow<FrameResult> = flow {
        emitAll(
            state.transformWhile { state ->
                when (state) {
                    State.Begun -> Unit
                    is State.Result -> emit(state.frame)
                    is State.Ended -> state.failure?.let { throw MoueException(it.kind, it.message.orEmpty(), it) }
                }
                state !is State.Ended
            },
        )
    }

    fun start() {
        Thread(::run, "moue-analysis").apply {
            isDaemon = true
            // A new thread has that of its maker. This one is an app's usual: Android draws with a higher one, so the screen stays smooth, and
            // a lower one would put the analysis on the slow cores.
            priority = Thread.NORM_PRIORITY
            start()
        }
    }

    /** Hands a frame to the native session by the fast path. `native.submit` does the same through JNA, slower. */
    fun submit(pixels: ByteBuffer, layout: FrameLayout, timestampNs: Long): Submitted {
        val crop = layout.crop
        return NativeSubmit.submit(
            session = handle,
            pixels = Native.direct(pixels),
            format = layout.format.toNative(),
            width = Native.notNegative("the frame's width", layout.width),
            height = Native.notNegative("the frame's height", layout.height),
            // 0 stands for what isn't given.
            rowStride = layout.rowStride?.let { Native.positive("the row stride", it) } ?: 0,
            pixelStride = layout.pixelStride?.let { Native.positive("the pixel stride", it) } ?: 0,
            rotationDegrees = Native.notNegative("the frame's rotation", layout.rotationDegrees),
            mirrored = layout.mirrored,
            lumaRange = layout.lumaRange?.toNative(),
            cropX = crop?.let { Native.notNegative("the crop's left edge", it.x) } ?: 0,
            cropY = crop?.let { Native.notNegative("the crop's top edge", it.y) } ?: 0,
            cropWidth = crop?.let { Native.positive("the crop's width", it.width) } ?: 0,
            cropHeight = crop?.let { Native.positive("the crop's height", it.height) } ?: 0,
            timestampNs = timestampNs,
        ).toPublic()
    }

    /** Ends the wait for results; one that is being made is still finished. Returns at once. */
    fun end() {
        ending = true
        whileItLives { native.end() }
    }

    /** Runs [action] when the loop has ended, or now if it has. Its thread is the loop's. */
    fun whenEnded(action: () -> Unit) {
        whenEnded += action
        if (isEnded && whenEnded.remove(action)) action()
    }

    /** Runs a call unless the native session is gone already: null then. */
    fun <T : Any> whileItLives(call: () -> T): T? = Native.call {
        try {
            call()
        } catch (
            @Suppress("SwallowedException") error: IllegalStateException,
        ) {
            // What the generated code says of an object that was freed. The end stands in the state already.
            null
        }
    }

    private fun run() {
        val failure = try {
            takeResults()
            null
        } catch (error: MoueException) {
            error
        }
        state.value = State.Ended(failure)
        native.close()
        for (action in whenEnded) {
            if (whenEnded.remove(action)) action()
        }
    }

    private fun takeResults() {
        while (true) {
            when (val next = Native.call { native.next(WAIT_MS) }) {
                is NativeNext.Result -> state.value = State.Result(next.frame.toPublic())
                is NativeNext.TimedOut -> Unit
                is NativeNext.Closed -> if (ending) return else throw fault()
            }
        }
    }

    /** A call on another thread has met it and told its caller more. */
    private fun fault() = MoueException(
        MoueException.Kind.INTERNAL,
        "the session was closed by a fault inside Moue, in a call on another thread; open a new session to go on",
    )
}
