package dev.moue.sample

import android.content.Context
import android.graphics.Bitmap
import android.net.Uri
import android.util.Log
import dev.moue.MoueException
import dev.moue.MoueSession
import dev.moue.watchThermalStatus
import java.util.Date

/** What outlives the activity when the device is turned: the session with its relaxed faces, and the picture that is looked at. */
class Kept {
    /** The open session, if there is one. Read by the camera's thread. */
    @Volatile
    var session: MoueSession? = null
        private set

    private var camera: String? = null

    /** The frozen moment or the photo; `null` while the camera is shown. */
    var held: Held? = null

    /** The photo that is being opened or read. */
    var opening: Uri? = null

    /** Why the photo that was chosen last isn't shown. */
    var failure: Notice? = null

    /** The face that was tapped. */
    var chosen: Long? = null

    /**
     * The session for a camera: a new one for another camera, whose clock and faces are its own.
     *
     * @throws MoueException on a device without native code.
     */
    suspend fun session(camera: String, context: Context): MoueSession {
        session?.takeIf { this.camera == camera && !it.isClosed }?.let { return it }
        close()
        val opened = MoueSession.open()
        watchWarmth(opened, context)
        this.camera = camera
        session = opened
        return opened
    }

    // `PowerManager` throws nothing more precise where the device's thermal service takes no listener; Moue works all the same.
    @Suppress("TooGenericExceptionCaught")
    private fun watchWarmth(opened: MoueSession, context: Context) {
        try {
            opened.watchThermalStatus(context)
        } catch (exception: RuntimeException) {
            Log.i("MoueSample", "nobody tells how warm the device is", exception)
        }
    }

    /** Ends the session. */
    fun close() {
        session?.close()
        session = null
    }

    /**
     * A picture that stays.
     *
     * @property kind resource of the word for it: frozen, or a photo.
     * @property scene what it shows; `null` while a photo is still being read.
     * @property mirrored whether [picture] is shown as in a mirror; the scene never is.
     */
    data class Held(val kind: Int, val picture: Bitmap, val scene: Scene?, val mirrored: Boolean, val moment: Date)
}
