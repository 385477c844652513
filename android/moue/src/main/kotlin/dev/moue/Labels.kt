// Words and colours for people: what names an expression, a reason or a verdict in the device's language. An app changes one by a resource of
// the same name.
package dev.moue

import android.content.Context
import android.text.BidiFormatter
import android.text.TextDirectionHeuristics
import java.text.NumberFormat

/** The string resource that names this expression. */
public val Expression.label: Int
    get() = when (this) {
        Expression.ANGRY -> R.string.moue_expression_angry
        Expression.DISGUST -> R.string.moue_expression_disgust
        Expression.FEAR -> R.string.moue_expression_fear
        Expression.HAPPY -> R.string.moue_expression_happy
        Expression.SAD -> R.string.moue_expression_sad
        Expression.SURPRISE -> R.string.moue_expression_surprise
        Expression.NEUTRAL -> R.string.moue_expression_neutral
    }

/** The string resource that names this reason. */
public val Reason.label: Int
    get() = when (this) {
        Reason.TOO_SMALL -> R.string.moue_reason_too_small
        Reason.TOO_DARK -> R.string.moue_reason_too_dark
        Reason.TOO_BRIGHT -> R.string.moue_reason_too_bright
        Reason.BLURRED -> R.string.moue_reason_blurred
        Reason.TURNED_AWAY -> R.string.moue_reason_turned_away
        Reason.AMBIGUOUS -> R.string.moue_reason_ambiguous
    }

/** The colour resource that stands for this expression. */
public val Expression.color: Int
    get() = when (this) {
        Expression.ANGRY -> R.color.moue_expression_angry
        Expression.DISGUST -> R.color.moue_expression_disgust
        Expression.FEAR -> R.color.moue_expression_fear
        Expression.HAPPY -> R.color.moue_expression_happy
        Expression.SAD -> R.color.moue_expression_sad
        Expression.SURPRISE -> R.color.moue_expression_surprise
        Expression.NEUTRAL -> R.color.moue_expression_neutral
    }

/** The colour resource that stands for this verdict. */
public val Verdict.color: Int
    get() = when (this) {
        is Verdict.Certain -> expression.color
        is Verdict.Unsure -> R.color.moue_unsure
    }

/** The string resource that names what this verdict is about: its expression, or its reason. */
internal val Verdict.label: Int
    get() = when (this) {
        is Verdict.Certain -> expression.label
        is Verdict.Unsure -> reason.label
    }

/**
 * This reading in words, in the language of [context]: `happy 93%` or `unsure: blurred`. Digits and the sign for per cent are those of the
 * language, and words of another direction than its own don't turn the order of the rest.
 */
public fun Reading.describe(context: Context): String {
    val locale = context.resources.configuration.locales[0]
    val bidi = BidiFormatter.getInstance(locale)
    val word = bidi.unicodeWrap(context.getString(verdict.label))
    return when (val verdict = verdict) {
        is Verdict.Certain -> {
            val share = NumberFormat.getPercentInstance(locale).format(scores[verdict.expression].toDouble())
            // Digits have no direction of their own, and are laid out as the language does it.
            val direction = if (bidi.isRtlContext) TextDirectionHeuristics.RTL else TextDirectionHeuristics.LTR
            context.getString(R.string.moue_verdict_certain, word, bidi.unicodeWrap(share, direction))
        }

        is Verdict.Unsure -> context.getString(R.string.moue_verdict_unsure, word)
    }
}
