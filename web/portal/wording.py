"""From what people say to the topics that are meant. Pure."""

from core.vocabulary.entries import Topic
from core.vocabulary.load import Vocabulary

MOST = 4


def suggest_topics(query: str, vocabulary: Vocabulary) -> list[Topic]:
    """The topics that a search may mean, by name, by what people say, by keyword; the clearest first."""
    query = query.strip()
    if len(query) < 2:
        return []
    named = [topic for topic in vocabulary.topics.values() if query in topic.name]
    said = [vocabulary.topics[one.topic] for one in vocabulary.colloquial if one.say in query or query in one.say]
    spoken = [
        topic
        for topic in vocabulary.topics.values()
        if any(word in query for word in (*topic.colloquial, *topic.keywords))
    ]
    return list({topic.code: topic for topic in (*named, *said, *spoken)}.values())[:MOST]
