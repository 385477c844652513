package dev.moue.sample

/** Whether the camera may be used, and if not, what asking would do. */
enum class CameraAccess {
    /** It may be used. */
    GRANTED,

    /** The user has not been asked: tell why first, then ask. */
    UNASKED,

    /** The user has refused; the system would ask again. */
    REFUSED,

    /** The user has refused for good, so the system would not ask again: only the settings help. */
    BLOCKED,
    ;

    companion object {
        /**
         * Works it out from what Android tells.
         *
         * @param granted what `checkSelfPermission` says.
         * @param asked whether this app has ever asked.
         * @param rationale what `shouldShowRequestPermissionRationale` says: false before the first question, true after a refusal, and
         *   false again once the system no longer asks.
         */
        fun of(granted: Boolean, asked: Boolean, rationale: Boolean): CameraAccess = when {
            granted -> GRANTED
            rationale -> REFUSED
            asked -> BLOCKED
            else -> UNASKED
        }
    }
}
