// What a face can show and why it may be unsure: the words shared by photos and live video. Words for people are resources of the Android part.
package dev.moue

/** A facial expression. It says what a face shows, not what a person feels. */
public enum class Expression(
    /** The lower-case English word, as in model files and in the output of the `moue` command. */
    public val word: String,
) {
    /** Lowered brows, tight lips. */
    ANGRY("angry"),

    /** Wrinkled nose, raised upper lip. */
    DISGUST("disgust"),

    /** Raised and drawn brows, wide eyes. */
    FEAR("fear"),

    /** A smile or a laugh. */
    HAPPY("happy"),

    /** Lowered mouth corners, raised inner brows. */
    SAD("sad"),

    /** Raised brows, open mouth. */
    SURPRISE("surprise"),

    /** A relaxed face. */
    NEUTRAL("neutral"),
}

/** Which expressions compete; the others' scores are 0 and the rest sum to 1. */
public enum class ExpressionSet {
    /** All seven. */
    SEVEN,

    /** Without disgust, which is rare and often taken for anger. */
    SIX,

    /** Angry, happy, neutral, sad and surprise. */
    FIVE,
}

/** Which of the network's two heads speaks. */
public enum class Head {
    /** Trained on the votes of ten people for each face (FER+): what most people would say. */
    CONSENSUS,

    /** Trained on FER-2013's own labels: for comparison with published figures. */
    FER2013,
}

/** Why a reading is unsure. */
public enum class Reason {
    /** The face covers too few pixels. */
    TOO_SMALL,

    /** The face is so dark that little of it can be told apart. */
    TOO_DARK,

    /** The face is so bright that little of it can be told apart. */
    TOO_BRIGHT,

    /** The face is out of focus, moved, or was enlarged. */
    BLURRED,

    /** The face looks too far to a side, up or down. */
    TURNED_AWAY,

    /** The picture is good, but no expression stands out. */
    AMBIGUOUS,
}

/** What is said of a face. */
public sealed interface Verdict {
    /** The face shows this expression. */
    public data class Certain(
        /** Which. */
        public val expression: Expression,
    ) : Verdict

    /** The face can't be read with certainty; the scores are there all the same. */
    public data class Unsure(
        /** Why not. */
        public val reason: Reason,
    ) : Verdict
}

/** A probability for each expression, 0 to 1; they sum to 1, and those outside the chosen [ExpressionSet] are 0. */
public class Scores(values: List<Float>) {
    private val values = values.toFloatArray()

    init {
        require(values.size == Expression.entries.size) {
            "there are ${values.size} scores: ${Expression.entries.size} are needed, one for each expression in their order"
        }
    }

    /** The probability of one expression. */
    public operator fun get(expression: Expression): Float = values[expression.ordinal]

    /** The most probable expression; the first of equals. */
    public val best: Expression get() = Expression.entries.maxBy { this[it] }

    /** The probabilities in [Expression]'s order. */
    public fun toList(): List<Float> = values.toList()

    override fun equals(other: Any?): Boolean = other is Scores && values.contentEquals(other.values)

    override fun hashCode(): Int = values.contentHashCode()

    override fun toString(): String = Expression.entries.joinToString(", ", "Scores(", ")") { "${it.word}=${this[it]}" }
}

/** A verdict with the scores behind it. */
public data class Reading(
    /** The expression, or why there is none. */
    public val verdict: Verdict,
    /** The probabilities, also where the verdict is unsure. */
    public val scores: Scores,
)
