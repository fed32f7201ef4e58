from agencies.urls_people import people_patterns

app_name = "agencies"

urlpatterns = [*people_patterns]
