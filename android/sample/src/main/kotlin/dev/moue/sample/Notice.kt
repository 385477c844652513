package dev.moue.sample

import java.io.FileNotFoundException
import java.io.IOException

/**
 * Why there is no picture: what is said in its place, and what its button does.
 *
 * @property title resource of the heading.
 * @property text resource of one or two sentences.
 * @property action resource of the button's words.
 * @property remedy what the button does.
 */
enum class Notice(val title: Int, val text: Int, val action: Int?, val remedy: Remedy) {
    WHY(R.string.why_title, R.string.why_text, R.string.why_action, Remedy.ASK),
    REFUSED(R.string.refused_title, R.string.refused_text, R.string.why_action, Remedy.ASK),
    BLOCKED(R.string.blocked_title, R.string.blocked_text, R.string.blocked_action, Remedy.SETTINGS),
    NO_CAMERA(R.string.no_camera_title, R.string.no_camera_text, null, Remedy.NONE),
    BUSY(R.string.busy_title, R.string.busy_text, R.string.try_again, Remedy.RETRY),
    LOST(R.string.lost_title, R.string.lost_text, R.string.try_again, Remedy.RETRY),
    DISABLED(R.string.disabled_title, R.string.disabled_text, R.string.try_again, Remedy.RETRY),
    FAILED(R.string.failed_title, R.string.failed_text, R.string.try_again, Remedy.RETRY),
    READER_FAILED(R.string.reader_failed_title, R.string.failed_text, null, Remedy.NONE),
    PHOTO_GONE(R.string.photo_failed, R.string.photo_gone_text, R.string.resume, Remedy.RETRY),
    PHOTO_UNREADABLE(R.string.photo_failed, R.string.photo_unreadable_text, R.string.resume, Remedy.RETRY),
    ;

    /** What a notice's button does. */
    enum class Remedy { ASK, SETTINGS, RETRY, NONE }

    companion object {
        /** The notice for [access]; `null` where the camera may be used. */
        fun of(access: CameraAccess): Notice? = when (access) {
            CameraAccess.GRANTED -> null
            CameraAccess.UNASKED -> WHY
            CameraAccess.REFUSED -> REFUSED
            CameraAccess.BLOCKED -> BLOCKED
        }

        /** The notice for a photo that [exception] keeps from being read. */
        fun of(exception: IOException): Notice = if (exception is FileNotFoundException) PHOTO_GONE else PHOTO_UNREADABLE

        /** The notice for [fault]. */
        fun of(fault: CameraFault): Notice = when (fault) {
            CameraFault.NONE_THERE -> NO_CAMERA
            CameraFault.IN_USE -> BUSY
            CameraFault.LOST -> LOST
            CameraFault.DISABLED -> DISABLED
            CameraFault.FAILED -> FAILED
        }
    }
}
