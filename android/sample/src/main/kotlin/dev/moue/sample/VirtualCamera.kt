package dev.moue.sample

import android.graphics.Bitmap
import android.os.Handler
import android.os.Looper
import android.util.Log
import java.io.File
import java.io.IOException
import java.util.concurrent.locks.LockSupport

/**
 * A clip in a camera's place: for emulators, whose cameras show no faces, and for tests. It gives frames at the clip's own pace, over and
 * over, until it is stopped.
 *
 * A debuggable build uses it where a file [FILE] lies in the app's folder on the external storage; README.md tells how to put one there.
 *
 * @param show shows a frame's picture in the preview's place; called on the main thread.
 */
class VirtualCamera(private val clip: () -> Clip, private val show: (Bitmap) -> Unit, private val listener: FrameSource.Listener) : FrameSource {
    private val main = Handler(Looper.getMainLooper())

    @Volatile
    private var wanted = false
    private val thread = Thread(::play, "virtual-camera")

    override fun start() {
        wanted = true
        listener.onStarted(FACTS)
        thread.start()
    }

    override fun stop() {
        if (!wanted) return
        wanted = false
        LockSupport.unpark(thread)
        thread.join()
    }

    private fun play() {
        try {
            val opened = clip()
            var due = System.nanoTime()
            while (wanted) {
                opened.play { frame ->
                    waitUntil(due)
                    if (wanted) {
                        main.post { if (wanted) show(frame.picture) }
                        listener.onLuma(FrameSource.Luma(frame.luma, frame.width, frame.height, frame.width, due), FACTS)
                    }
                    due = maxOf(due + frame.nanos, System.nanoTime())
                    wanted
                }
            }
        } catch (exception: IOException) {
            fail(exception)
        } catch (exception: IllegalStateException) {
            // The decoder can't go on.
            fail(exception)
        }
    }

    private fun fail(exception: Exception) {
        Log.w("MoueSample", "the clip can't be played", exception)
        main.post { if (wanted) listener.onFault(CameraFault.FAILED) }
    }

    private fun waitUntil(time: Long) {
        while (wanted) {
            val left = time - System.nanoTime()
            if (left <= 0) return
            LockSupport.parkNanos(left)
        }
    }

    companion object {
        /** What a clip's file is called, before its ending. */
        const val FILE = "clip"

        /** The clip in [folder], if there is one. */
        fun find(folder: File?): File? = folder?.listFiles()?.firstOrNull { it.nameWithoutExtension == FILE }

        private val FACTS = FrameSource.Facts(rotationDegrees = 0, mirroredView = false)
    }
}
