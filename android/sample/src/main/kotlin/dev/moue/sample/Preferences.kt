package dev.moue.sample

import android.content.Context
import android.content.SharedPreferences

/** The two things that the app remembers. Neither tells anything about a face. */
class Preferences(context: Context) {
    private val store: SharedPreferences = context.getSharedPreferences("sample", Context.MODE_PRIVATE)

    /** Whether the system has ever been asked for the camera: Android itself doesn't tell "never" from "no longer". */
    var askedForCamera: Boolean
        get() = store.getBoolean("asked_for_camera", false)
        set(value) = store.edit().putBoolean("asked_for_camera", value).apply()

    /** Whether the use note has been read and closed. */
    var noteRead: Boolean
        get() = store.getBoolean("note_read", false)
        set(value) = store.edit().putBoolean("note_read", value).apply()
}
