package dev.moue.sample

import dev.moue.Calibration
import dev.moue.Face
import dev.moue.Point
import dev.moue.Size

/**
 * What a picture shows, live or not: its faces in pixels of the upright, unmirrored picture.
 *
 * @property size of that picture.
 * @property faces the one known longest first.
 */
data class Scene(val size: Size, val faces: List<SeenFace>) {
    /** The face that the panel tells of: the one with the key [chosen] where it is there, else the largest. */
    fun focus(chosen: Long?): SeenFace? = faces.firstOrNull { it.key == chosen } ?: faces.maxByOrNull { it.area }

    /** The face at a place of the picture; the smaller of two that overlap there. */
    fun at(place: Point): SeenFace? = faces
        .filter { place.x in it.face.bounds.x..it.face.bounds.right && place.y in it.face.bounds.y..it.face.bounds.bottom }
        .minByOrNull { it.area }
}

/**
 * One face.
 *
 * @property key the same for the same person in all frames of a video; the place in the list in a photo.
 * @property calibration how far the person's relaxed face is known.
 */
data class SeenFace(val key: Long, val face: Face, val calibration: Calibration) {
    /** Of its box, in square pixels. */
    val area: Float get() = face.bounds.width * face.bounds.height
}
