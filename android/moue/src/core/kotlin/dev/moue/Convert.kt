// Between the generated records and the public types. No rule lives here.
package dev.moue

import dev.moue.ffi.defaultLiveOptions
import dev.moue.ffi.defaultOptions
import dev.moue.ffi.Budget as NativeBudget
import dev.moue.ffi.Calibration as NativeCalibration
import dev.moue.ffi.Crop as NativeCrop
import dev.moue.ffi.Expression as NativeExpression
import dev.moue.ffi.ExpressionSet as NativeExpressionSet
import dev.moue.ffi.Face as NativeFace
import dev.moue.ffi.FrameLayout as NativeFrameLayout
import dev.moue.ffi.FrameResult as NativeFrameResult
import dev.moue.ffi.Head as NativeHead
import dev.moue.ffi.LiveFace as NativeLiveFace
import dev.moue.ffi.LiveOptions as NativeLiveOptions
import dev.moue.ffi.LumaRange as NativeLumaRange
import dev.moue.ffi.Options as NativeOptions
import dev.moue.ffi.PixelFormat as NativePixelFormat
import dev.moue.ffi.Point as NativePoint
import dev.moue.ffi.Quality as NativeQuality
import dev.moue.ffi.Reason as NativeReason
import dev.moue.ffi.Submitted as NativeSubmitted
import dev.moue.ffi.Thermal as NativeThermal
import dev.moue.ffi.Thresholds as NativeThresholds
import dev.moue.ffi.Verdict as NativeVerdict

internal fun Options.toNative(): NativeOptions {
    val defaults = defaultOptions()
    return NativeOptions(
        smallestFace = smallestFace ?: defaults.smallestFace,
        mostFaces = mostFaces?.let { Native.unsigned("mostFaces", it) } ?: defaults.mostFaces,
        expressions = expressions?.toNative() ?: defaults.expressions,
        head = head?.toNative() ?: defaults.head,
        thresholds = thresholds.toNative(defaults.thresholds),
        detectorModel = models.detector,
        refinerModel = models.refiner,
        expressionModel = models.expression,
    )
}

internal fun LiveOptions.toNative(): NativeLiveOptions {
    val defaults = defaultLiveOptions()
    return NativeLiveOptions(
        options = options.toNative(),
        fieldOfView = fieldOfView,
        budget = budget?.toNative() ?: defaults.budget,
        mostReadings = mostReadings?.let { Native.unsigned("mostReadings", it) } ?: defaults.mostReadings,
        searchIntervalMs = searchIntervalMs?.let { Native.unsigned("searchIntervalMs", it) } ?: defaults.searchIntervalMs,
    )
}

private fun Thresholds.toNative(defaults: NativeThresholds) = NativeThresholds(
    leastSide = leastSide ?: defaults.leastSide,
    leastBrightness = leastBrightness ?: defaults.leastBrightness,
    mostBrightness = mostBrightness ?: defaults.mostBrightness,
    leastContrast = leastContrast ?: defaults.leastContrast,
    leastSharpness = leastSharpness ?: defaults.leastSharpness,
    mostYaw = mostYaw ?: defaults.mostYaw,
    mostPitch = mostPitch ?: defaults.mostPitch,
    leastScore = leastScore ?: defaults.leastScore,
)

private fun ExpressionSet.toNative() = when (this) {
    ExpressionSet.SEVEN -> NativeExpressionSet.SEVEN
    ExpressionSet.SIX -> NativeExpressionSet.SIX
    ExpressionSet.FIVE -> NativeExpressionSet.FIVE
}

private fun Head.toNative() = when (this) {
    Head.CONSENSUS -> NativeHead.CONSENSUS
    Head.FER2013 -> NativeHead.FER2013
}

internal fun Budget.toNative(): NativeBudget = when (this) {
    Budget.Unlimited -> NativeBudget.Unlimited
    is Budget.Results -> NativeBudget.Results(perSecond)
    is Budget.Load -> NativeBudget.Load(share)
}

internal fun Thermal.toNative() = when (this) {
    Thermal.NOMINAL -> NativeThermal.NOMINAL
    Thermal.FAIR -> NativeThermal.FAIR
    Thermal.SERIOUS -> NativeThermal.SERIOUS
    Thermal.CRITICAL -> NativeThermal.CRITICAL
}

internal fun FrameLayout.toNative() = NativeFrameLayout(
    format = format.toNative(),
    width = Native.unsigned("the frame's width", width),
    height = Native.unsigned("the frame's height", height),
    rowStride = rowStride?.let { Native.unsigned("the row stride", it) },
    pixelStride = pixelStride?.let { Native.unsigned("the pixel stride", it) },
    rotationDegrees = Native.unsigned("the frame's rotation", rotationDegrees),
    mirrored = mirrored,
    lumaRange = lumaRange?.toNative(),
    crop = crop?.toNative(),
)

internal fun PixelFormat.toNative() = when (this) {
    PixelFormat.LUMA -> NativePixelFormat.LUMA
    PixelFormat.P010 -> NativePixelFormat.P010
    PixelFormat.RGB -> NativePixelFormat.RGB
    PixelFormat.RGBA -> NativePixelFormat.RGBA
    PixelFormat.BGRA -> NativePixelFormat.BGRA
}

internal fun LumaRange.toNative() = when (this) {
    LumaRange.FULL -> NativeLumaRange.FULL
    LumaRange.VIDEO -> NativeLumaRange.VIDEO
}

private fun Crop.toNative() = NativeCrop(
    x = Native.unsigned("the crop's left edge", x),
    y = Native.unsigned("the crop's top edge", y),
    width = Native.unsigned("the crop's width", width),
    height = Native.unsigned("the crop's height", height),
)

internal fun NativeSubmitted.toPublic() = when (this) {
    NativeSubmitted.WAITING -> Submitted.WAITING
    NativeSubmitted.REPLACED -> Submitted.REPLACED
    NativeSubmitted.PAUSED -> Submitted.PAUSED
    NativeSubmitted.CLOSED -> Submitted.CLOSED
}

internal fun NativeFrameResult.toPublic() = FrameResult(
    timestampNs = timestampNs,
    frameSize = Size(frameSize.width.toInt(), frameSize.height.toInt()),
    faces = faces.map { it.toPublic() },
    times = StageTimes(
        turnNs = times.turnNs.toLong(),
        searchNs = times.searchNs.toLong(),
        followNs = times.followNs.toLong(),
        readNs = times.readNs.toLong(),
        totalNs = times.totalNs.toLong(),
    ),
    activity = Activity(
        analyzed = activity.analyzed.toLong(),
        dropped = activity.dropped.toLong(),
        searched = activity.searched,
        seen = activity.seen.toInt(),
        read = activity.read.toInt(),
        rate = activity.rate,
        load = activity.load,
        intervalNs = activity.intervalNs.toLong(),
    ),
)

private fun NativeLiveFace.toPublic() = LiveFace(
    track = track.toLong(),
    face = face.toPublic(),
    readingAgeNs = readingAgeNs.toLong(),
    unseenNs = unseenNs.toLong(),
    calibration = when (calibration) {
        NativeCalibration.NONE -> Calibration.NONE
        NativeCalibration.RUNNING -> Calibration.RUNNING
        NativeCalibration.DONE -> Calibration.DONE
    },
    distance = distance?.let { Distance(it.meters, it.deviation) },
)

internal fun NativeFace.toPublic() = Face(
    bounds = Bounds(bounds.x, bounds.y, bounds.width, bounds.height),
    score = score,
    points = Points(
        imageLeftEye = points.imageLeftEye.toPublic(),
        imageRightEye = points.imageRightEye.toPublic(),
        nose = points.nose.toPublic(),
        imageLeftMouth = points.imageLeftMouth.toPublic(),
        imageRightMouth = points.imageRightMouth.toPublic(),
    ),
    quality = quality.toPublic(),
    reading = Reading(
        verdict = when (val verdict = reading.verdict) {
            is NativeVerdict.Certain -> Verdict.Certain(verdict.expression.toPublic())
            is NativeVerdict.Unsure -> Verdict.Unsure(verdict.reason.toPublic())
        },
        scores = with(reading.scores) { Scores(listOf(angry, disgust, fear, happy, sad, surprise, neutral)) },
    ),
)

private fun NativePoint.toPublic() = Point(x, y)

private fun NativeQuality.toPublic() = Quality(
    side = side,
    sideInFrame = sideInFrame,
    eyeDistance = eyeDistance,
    brightness = brightness,
    contrast = contrast,
    sharpness = sharpness,
    pose = pose?.let { Pose(it.yaw, it.pitch, it.roll) },
)

private fun NativeExpression.toPublic() = when (this) {
    NativeExpression.ANGRY -> Expression.ANGRY
    NativeExpression.DISGUST -> Expression.DISGUST
    NativeExpression.FEAR -> Expression.FEAR
    NativeExpression.HAPPY -> Expression.HAPPY
    NativeExpression.SAD -> Expression.SAD
    NativeExpression.SURPRISE -> Expression.SURPRISE
    NativeExpression.NEUTRAL -> Expression.NEUTRAL
}

private fun NativeReason.toPublic() = when (this) {
    NativeReason.TOO_SMALL -> Reason.TOO_SMALL
    NativeReason.TOO_DARK -> Reason.TOO_DARK
    NativeReason.TOO_BRIGHT -> Reason.TOO_BRIGHT
    NativeReason.BLURRED -> Reason.BLURRED
    NativeReason.TURNED_AWAY -> Reason.TURNED_AWAY
    NativeReason.AMBIGUOUS -> Reason.AMBIGUOUS
}
